// The files of a corpus: what the user names, as a list in a fixed order.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// One file of text.
package struct InputFile: Sendable, Equatable, Codable {
  package enum Format: String, Sendable, Codable {
    /// Text; `<|endoftext|>` ends a document, wherever it stands, as the end of the file does.
    case text
    /// A JSON object a line, each of them a document.
    case jsonLines
  }

  package let path: String
  package let format: Format
  package let isCompressed: Bool
  /// On the disk.
  package let byteCount: Int
  /// When it was last written, in nanoseconds.
  package let modified: Int

  /// - Throws: `CorpusError` where it is no file that can be read.
  package init(path: String) throws(CorpusError) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { throw TextFile.failure(path, errno) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw .isDirectory(path: path) }
    guard unsafe access(path, R_OK) == 0 else { throw TextFile.failure(path, errno) }
    self.path = path
    isCompressed = Self.ends(path, with: [Self.compressedSuffix])
    format = Self.ends(Self.plainName(path), with: Self.jsonSuffixes) ? .jsonLines : .text
    byteCount = Int(status.st_size)
    modified = Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
  }

  private static let compressedSuffix = ".gz"
  private static let jsonSuffixes = [".jsonl", ".ndjson"]
  /// What a folder is searched for.
  private static let textSuffixes = [".txt", ".text", ".md"] + jsonSuffixes

  /// In any case: NOTES.TXT is a text, too.
  private static func ends(_ name: String, with suffixes: [String]) -> Bool {
    let name = name.lowercased()
    return suffixes.contains(where: name.hasSuffix)
  }

  private static func plainName(_ name: String) -> String {
    ends(name, with: [compressedSuffix]) ? String(name.dropLast(compressedSuffix.count)) : name
  }

  /// The files that the user names, in the order named: files as they are, of folders all text
  /// files in and below them, and what a pattern with `*`, `?` or `[…]` matches, both sorted.
  /// - Throws: `CorpusError` for what is not there, or holds no text file.
  package static func all(of names: [String]) throws(CorpusError) -> [InputFile] {
    var files: [InputFile] = []
    for name in names {
      if isFolder(name) {
        let found = try paths(in: name)
        if found.isEmpty { throw .emptyFolder(path: name, suffixes: textSuffixes) }
        for path in found { files.append(try InputFile(path: path)) }
      } else if TextFile.exists(name) || !name.contains(where: { "*?[".contains($0) }) {
        files.append(try InputFile(path: name))
      } else {
        let found = paths(matching: name).filter { !isFolder($0) }
        if found.isEmpty { throw .missingFile(path: name) }
        for path in found { files.append(try InputFile(path: path)) }
      }
    }
    return files
  }

  static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Text files in and below a folder; hidden ones are passed over.
  private static func paths(in folder: String) throws(CorpusError) -> [String] {
    guard let directory = unsafe opendir(folder) else { throw TextFile.failure(folder, errno) }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
        unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    let base = folder.hasSuffix("/") ? folder : folder + "/"
    var paths: [String] = []
    for name in names.sorted(by: { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }) {
      let path = base + name
      if isFolder(path) {
        if !isLink(path) { paths += try Self.paths(in: path) }
        continue
      }
      if ends(plainName(name), with: textSuffixes) { paths.append(path) }
    }
    return paths
  }

  /// A link to a folder could lead round in a circle.
  private static func isLink(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  private static func paths(matching pattern: String) -> [String] {
    var matches = unsafe glob_t()
    defer { unsafe globfree(&matches) }
    guard unsafe glob(pattern, GLOB_TILDE, nil, &matches) == 0 else { return [] }
    var paths: [String] = []
    for index in 0..<Int(unsafe matches.gl_pathc) {
      if let path = unsafe matches.gl_pathv[index] { paths.append(unsafe String(cString: path)) }
    }
    return paths
  }
}
