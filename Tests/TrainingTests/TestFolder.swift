// A folder that lives as long as a test.
import FoundationEssentials

final class TestFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/training-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ text: some Sequence<UInt8>, to name: String) throws -> String {
    let file = "\(path)/\(name)"
    let folder = String(file.prefix(upTo: file.lastIndex(of: "/") ?? file.startIndex))
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(text).write(to: URL(filePath: file))
    return file
  }

  func contents(of name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: "\(path)/\(name)")))
  }

  /// Names and contents of all files of a subfolder; links count as what they point to.
  func files(in name: String) throws -> [String: [UInt8]] {
    var files: [String: [UInt8]] = [:]
    for file in try FileManager.default.contentsOfDirectory(atPath: "\(path)/\(name)") {
      files[file] = try contents(of: "\(name)/\(file)")
    }
    return files
  }

  func copy(_ name: String, to other: String) throws {
    try FileManager.default.copyItem(atPath: "\(path)/\(name)", toPath: "\(path)/\(other)")
  }
}
