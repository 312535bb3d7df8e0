// Where `--config micro.json` is looked for.
import FoundationEssentials

package enum ConfigurationLocator {
  /// Parents of the binary in which a folder `configs` is looked for: a build inside a checkout
  /// lies three folders deep.
  private static let parentCount = 5

  /// The text of a configuration file and the path where it was found: as given, then in `configs`
  /// of the working folder, then beside the installed binary.
  /// - Parameter executable: path of the running binary, links resolved; nil if unknown.
  package static func read(
    _ name: String, executable: String?
  ) throws(ConfigurationError) -> (path: String, text: String) {
    let tried = candidates(name, executable: executable)
    var isDirectory = false
    guard
      let path = tried.first(where: {
        FileManager.default.fileExists(atPath: $0, isDirectory: &isDirectory) && !isDirectory
      })
    else { throw .notFound(name: name, tried: tried) }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .unreadable(path: path, reason: "check its permissions")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw .unreadable(path: path, reason: "it is not UTF-8 text")
    }
    return (path, text)
  }

  package static func candidates(_ name: String, executable: String?) -> [String] {
    if name.hasPrefix("/") { return [name] }
    var paths = [name, "configs/\(name)"]
    guard let executable else { return paths }
    var folder = executable[...]
    for _ in 0..<parentCount {
      guard let slash = folder.lastIndex(of: "/") else { break }
      folder = folder[..<slash]
      paths.append("\(folder)/configs/\(name)")
      if paths.count == 3 { paths.append("\(folder)/../share/trainer/configs/\(name)") }
    }
    return paths
  }
}
