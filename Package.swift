// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
]

/// One room of the trainer; every room has a test target of its own.
func room(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name), "TestSupport"] + dependencies,
    swiftSettings: settings)
}

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")

let package = Package(
  name: "trainer",
  products: [.executable(name: "trainer", targets: ["Commands"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
  ],
  targets: [
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CKernels"),

    room("Tensors", ["CKernels"]),
    room("Models", ["Tensors", collections]),
    room("ByteEncoding", []),
    room("Text", ["CZlib", collections, crypto]),
    room("Communication", ["CMPI", "Tensors"]),
    room("ModelFiles", ["CHDF5", "ByteEncoding", "Models", "Tensors", "Text"]),
    room("Reporting", [logging]),
    room("Training", ["Communication", "ModelFiles", "Models", "Reporting", "Tensors", "Text"]),
    .executableTarget(
      name: "Commands",
      dependencies: [
        "Communication", "ModelFiles", "Models", "Reporting", "Tensors", "Text", "Training",
        argumentParser, collections, logging,
      ],
      swiftSettings: settings),

    .target(
      name: "TestSupport", dependencies: ["Communication", "Models", "Tensors"],
      path: "Tests/TestSupport", swiftSettings: settings),
    tests(of: "Tensors"),
    tests(of: "Models", ["Tensors"]),
    tests(of: "ByteEncoding"),
    tests(of: "Text"),
    tests(of: "Communication", ["Tensors"]),
    tests(of: "ModelFiles", ["ByteEncoding", "Models", "Tensors", "Text"]),
    tests(of: "Reporting", [logging]),
    tests(of: "Training", ["Models", "Text", "Communication", "ModelFiles", "Tensors"]),
    tests(of: "Commands", ["Communication", "Models", "Reporting", "Tensors", "Text"]),
  ]
)
