// A console that writes to memory, and a terminal that shows what it wrote.
import Reporting
import Synchronization

/// Records every write of a console.
final class ScreenRecorder: Sendable {
  private let writes = Mutex<[String]>([])
  private let width = Mutex(80)

  var columns: Int {
    get { width.withLock { $0 } }
    set { width.withLock { $0 = newValue } }
  }

  func console(
    terminal: Bool = true, colors: Bool = false, blockCharacters: Bool = true
  ) -> Console {
    Console(
      abilities: .init(overwrites: terminal, colors: colors, blockCharacters: blockCharacters),
      columns: { self.columns }, write: { text in self.writes.withLock { $0.append(text) } })
  }

  var written: [String] { writes.withLock { $0 } }

  /// The lines that a terminal of endless width shows; the last is the cursor's.
  var screen: [String] {
    var lines = [""]
    for text in written {
      for line in text.replacingClears().split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
      {
        if line.offset > 0 { lines.append("") }
        for piece in line.element.split(separator: "\r", omittingEmptySubsequences: false)
          .enumerated()
        {
          if piece.offset > 0 { lines[lines.count - 1] = "" }
          lines[lines.count - 1] += piece.element
        }
      }
    }
    return lines
  }
}

extension String {
  /// A carriage return followed by "erase to the end of the line", which is the only way in which
  /// the console overwrites, becomes a plain carriage return.
  fileprivate func replacingClears() -> String {
    var result = ""
    var rest = self[...]
    while let escape = rest.firstRange(of: "\r\u{1b}[K") {
      result += rest[..<escape.lowerBound] + "\r"
      rest = rest[escape.upperBound...]
    }
    return result + rest
  }
}

/// Seconds that pass only when told.
final class ManualClock: Sendable {
  private let now = Mutex(0.0)
  func advance(_ seconds: Double) { now.withLock { $0 += seconds } }
  func read() -> Double { now.withLock { $0 } }
}
