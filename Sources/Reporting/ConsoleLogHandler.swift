// Messages to the user: swift-log's records as lines on the console.
import Logging

/// Writes `error: …` and `warning: …` lines; notices and information go without a prefix.
package struct ConsoleLogHandler: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  private let console: Console

  package init(console: Console, logLevel: Logger.Level = .info) {
    self.console = console
    self.logLevel = logLevel
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
    let pairs = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
    // Work ends with an error: its progress bar stays above the message, which comes last.
    if event.level >= .error { console.endStatus() }
    console.print(prefix(event.level) + "\(event.message)" + pairs)
  }

  private func prefix(_ level: Logger.Level) -> String {
    func colored(_ text: String, _ code: Int) -> String {
      console.abilities.colors ? "\u{1b}[1;\(code)m\(text)\u{1b}[0m " : text + " "
    }
    switch level {
    case .critical, .error: return colored("error:", 31)
    case .warning: return colored("warning:", 33)
    case .notice, .info: return ""
    case .debug: return "debug: "
    case .trace: return "trace: "
    }
  }
}
