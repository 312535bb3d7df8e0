// The line of a fault, looked up once there is one.

extension CorpusError {
  /// The same fault with the number of its line, where only its offset is known. Reads the file up
  /// to there.
  package var withLineNumber: CorpusError {
    guard case .badLine(let path, let offset, nil, let reason) = self,
      let file = try? InputFile(path: path)
    else { return self }
    var bytes: [UInt8] = []
    if file.isCompressed {
      guard (try? GzipReader(path: path).read(offset, into: &bytes)) != nil else { return self }
    } else {
      guard let contents = try? TextFile.contents(path) else { return self }
      bytes = contents
    }
    let line = 1 + bytes.prefix(offset).count { $0 == UInt8(ascii: "\n") }
    return .badLine(path: path, offset: offset, line: line, reason: reason)
  }
}
