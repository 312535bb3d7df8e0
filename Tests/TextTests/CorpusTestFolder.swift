// A folder that lives as long as a test.
import FoundationEssentials

final class CorpusTestFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/corpus-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  @discardableResult
  func write(_ bytes: some Sequence<UInt8>, to name: String, executable: Bool = false) throws
    -> String
  {
    let file = path + "/" + name
    let folder = String(file.prefix(upTo: file.lastIndex(of: "/") ?? file.startIndex))
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    guard
      FileManager.default.createFile(
        atPath: file, contents: Data(bytes),
        attributes: executable ? [.posixPermissions: 0o755] : nil)
    else { throw CocoaError(.fileWriteUnknown) }
    return file
  }

  func contents(of name: String) -> [UInt8]? {
    FileManager.default.contents(atPath: path + "/" + name).map { Array($0) }
  }

  func names(in name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path + "/" + name).sorted()
  }
}
