// From flags to a resolved configuration.
import FoundationEssentials
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension ConfigurationOptions {
  /// preset < file < environment < flags.
  /// - Parameter isWhole: whether no checkpoint will fill in what is not set.
  /// - Throws: `ConfigurationError` with everything that is wrong.
  func resolve(
    environment: [String: String], isWhole: Bool = true
  ) throws -> ResolvedConfiguration {
    var resolver = ConfigurationResolver()
    if let config {
      try resolver.read(config: config, preset: preset)
    } else if let preset {
      resolver.read(preset: preset, place: "--preset")
    }
    resolver.read(environment: environment)
    for (key, value, flag) in flags { resolver.read(key: key, text: value, flag: flag) }
    for setting in settings { resolver.read(setting: setting) }
    return try resolver.finish(isWhole: isWhole)
  }

  /// `checkpoints/<name of the configuration>`, where a run goes unless told otherwise.
  var runFolder: String {
    let name = config ?? preset ?? "default"
    let last = name.split(separator: "/").last.map(String.init) ?? name
    return "checkpoints/\(last.hasSuffix(".json") ? String(last.dropLast(5)) : last)"
  }
}

extension ConfigurationResolver {
  /// A configuration file, wherever it lies.
  /// - Throws: `ConfigurationError`
  mutating func read(config: String, preset: String?) throws {
    let file = try ConfigurationLocator.read(config, executable: Self.executablePath)
    try read(file: file.text, path: file.path, preset: preset)
  }

  /// The running binary, links resolved.
  private static var executablePath: String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = unsafe readlink("/proc/self/exe", &bytes, bytes.count)
    return length > 0
      ? String(decoding: bytes.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
  }
}
