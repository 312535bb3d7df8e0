// Standard error: lines that stay, and below them one line that changes.
import FoundationEssentials
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The place where people watch a run. Log lines, warnings and the progress bar all go through one
/// `Console`, so that they do not tear each other apart: each goes out in one write.
package final class Console: Sendable {
  /// What the receiving end can show.
  package struct Abilities: Sendable, Equatable {
    /// A terminal on which a line can be overwritten.
    package var overwrites: Bool
    package var colors: Bool
    package var blockCharacters: Bool

    package init(overwrites: Bool, colors: Bool, blockCharacters: Bool) {
      self.overwrites = overwrites
      self.colors = colors
      self.blockCharacters = blockCharacters
    }

    /// - Parameter isTerminal: whether a terminal is at the other end; `TERM=dumb` is treated as
    ///   none, `NO_COLOR` (no-color.org) turns colours off, the locale decides on UTF-8.
    package init(isTerminal: Bool, environment: [String: String]) {
      func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
      overwrites = isTerminal && value("TERM") != nil && value("TERM") != "dumb"
      colors = overwrites && value("NO_COLOR") == nil
      let locale = (value("LC_ALL") ?? value("LC_CTYPE") ?? value("LANG") ?? "").lowercased()
      blockCharacters = locale.contains("utf-8") || locale.contains("utf8")
    }
  }

  package let abilities: Abilities
  private let currentColumns: @Sendable () -> Int
  private let write: @Sendable (String) -> Void
  /// The changing line as it stands on the terminal, nil when there is none.
  private let status = Mutex<String?>(nil)

  /// - Parameters:
  ///   - columns: width of the terminal, asked before each line that has to fit.
  ///   - write: takes whole lines or updates of the changing line.
  package init(
    abilities: Abilities, columns: @escaping @Sendable () -> Int,
    write: @escaping @Sendable (String) -> Void
  ) {
    self.abilities = abilities
    currentColumns = columns
    self.write = write
  }

  /// The console of this process. Make one and pass it on.
  package static func standardError() -> Console {
    let environment = ProcessInfo.processInfo.environment
    let window = TerminalWindow.behindStandardError(environment: environment)
    return Console(
      abilities: Abilities(isTerminal: window != nil, environment: environment),
      columns: { window?.columns ?? 80 },
      // Nobody can be told that standard error is gone, and the run need not end for it.
      write: { _ = SystemFile.writeAll(Array($0.utf8)[...], to: STDERR_FILENO) })
  }

  /// Columns that a line may fill without wrapping: terminals differ on what follows a line that
  /// ends in the last column.
  package var usableColumns: Int { max(1, currentColumns() - 1) }

  /// Writes a line that stays. The changing line goes on below it.
  package func print(_ line: String) {
    status.withLock { status in
      write(status.map { "\(Self.clear)\(line)\n\($0)" } ?? "\(line)\n")
    }
  }

  /// Writes a text that an answer is typed behind.
  package func ask(_ text: String) { status.withLock { _ in write(text) } }

  /// Shows `line`, cut to the width, in place of the previous changing line. Nothing happens where
  /// lines cannot be overwritten.
  package func showStatus(_ line: String) {
    guard abilities.overwrites else { return }
    let fitting = line.prefix(columns: usableColumns)
    status.withLock { status in
      status = fitting
      write(Self.clear + fitting)
    }
  }

  /// Leaves the changing line as it is and goes on below it.
  package func endStatus() {
    status.withLock { status in
      if status != nil { write("\n") }
      status = nil
    }
  }

  /// Removes the changing line.
  package func clearStatus() {
    status.withLock { status in
      if status != nil { write(Self.clear) }
      status = nil
    }
  }

  /// Back to the first column, and erase to the end of the line.
  private static let clear = "\r\u{1b}[K"
}
