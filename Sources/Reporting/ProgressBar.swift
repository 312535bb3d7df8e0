// One line that shows how far long work has come.

/// A progress bar for work of known size. Where lines cannot be overwritten it shows nothing.
///
/// The parts that do not fit the terminal's width are left out, the least important first; the
/// percentage stays.
package final class ProgressBar {
  /// What is counted, which decides how counts and rates are written.
  package enum Unit: Sendable, Equatable {
    case bytes
    /// For example "windows"; the empty name shows no rate.
    case items(String)
  }

  private let title: String
  private let total: Int
  private let unit: Unit
  private let console: Console
  private let clock: () -> Double
  private let remaining: RemainingTime
  private let staysWhenFinished: Bool
  private var lastDrawing: Double?
  private var isFinished = false

  /// Eyes do not follow faster changes, and terminals over networks are slow.
  private static let secondsBetweenDrawings = 0.1
  private static let largestBarWidth = 40
  private static let smallestBarWidth = 4

  /// - Parameters:
  ///   - startCount: how much of `total` was done before, so that the pace is this process's.
  ///   - staysWhenFinished: whether the bar stays to be read; work within other work that has a bar
  ///     of its own rather leaves no trace.
  ///   - clock: seconds, never going backwards.
  package init(
    title: String, total: Int, startCount: Int = 0, unit: Unit = .items(""), console: Console,
    staysWhenFinished: Bool = true, clock: @escaping () -> Double = MonotonicClock.seconds
  ) {
    self.title = title
    self.total = total
    self.unit = unit
    self.console = console
    self.staysWhenFinished = staysWhenFinished
    self.clock = clock
    remaining = RemainingTime(total: total, startCount: startCount, time: clock())
  }

  deinit { finish() }

  /// Shows that `done` of the total is done.
  /// - Parameter details: further texts, the most important first.
  package func update(done: Int, details: [String] = []) {
    guard console.abilities.overwrites, !isFinished else { return }
    let now = clock()
    if let lastDrawing, now - lastDrawing < Self.secondsBetweenDrawings, done < total { return }
    lastDrawing = now
    console.showStatus(
      line(done: done, details: details, time: now, columns: console.usableColumns))
  }

  /// Leaves the cursor on the line below the bar, or where the bar began. Also done when the bar goes out of
  /// use, as it does when an error is thrown.
  package func finish() {
    guard !isFinished else { return }
    isFinished = true
    guard lastDrawing != nil else { return }
    if staysWhenFinished { console.endStatus() } else { console.clearStatus() }
  }

  private struct Part {
    let text: String
    /// 0 is the most important.
    let priority: Int
    let isTitle: Bool
  }

  private func line(done: Int, details: [String], time: Double, columns: Int) -> String {
    let share = total > 0 ? min(1, max(0, Double(done) / Double(total))) : 1
    let eta = remaining.seconds(done: done, time: time) ?? .nan
    var parts = [
      Part(text: title, priority: 3, isTitle: true),
      Part(text: "\(Int((share * 100).rounded(.down)))%", priority: 0, isTitle: false),
      Part(text: "\(text(done))/\(text(total))", priority: 1, isTitle: false),
    ]
    for (index, detail) in details.enumerated() {
      parts.append(Part(text: detail, priority: 4 + index, isTitle: false))
    }
    if let rate = rateText(remaining.rate(done: done, time: time)) {
      parts.append(Part(text: rate, priority: 4 + details.count, isTitle: false))
    }
    parts.append(
      Part(text: "eta \(NumberText.duration(seconds: eta))", priority: 2, isTitle: false))

    // A bar of the smallest width and the most important parts that fit beside it.
    var room = columns - Self.smallestBarWidth
    let chosen = Set(
      parts.indices.sorted { parts[$0].priority < parts[$1].priority }
        .prefix { index in
          room -= parts[index].text.columnCount + 1
          return room >= 0 || parts[index].priority == 0
        })
    let titles = parts.indices.filter { chosen.contains($0) && parts[$0].isTitle }
    let others = parts.indices.filter { chosen.contains($0) && !parts[$0].isTitle }
    let used = chosen.reduce(0) { $0 + parts[$1].text.columnCount + 1 }
    let width = min(Self.largestBarWidth, columns - used)
    let bar = width >= Self.smallestBarWidth ? [self.bar(share: share, width: width)] : []
    return (titles.map { parts[$0].text } + bar + others.map { parts[$0].text })
      .joined(separator: " ")
  }

  private func bar(share: Double, width: Int) -> String {
    guard console.abilities.blockCharacters else {
      let filled = Int(share * Double(width - 2))
      return "[" + String(repeating: "#", count: filled)
        + String(repeating: "-", count: width - 2 - filled) + "]"
    }
    let filled = Int(share * Double(width))
    return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
  }

  private func text(_ count: Int) -> String {
    unit == .bytes ? NumberText.bytes(count) : NumberText.grouped(count)
  }

  private func rateText(_ rate: Double) -> String? {
    switch unit {
    case .bytes: "\(NumberText.bytes(Int(min(rate, 1e18))))/s"
    case .items(""): nil
    case .items(let name):
      "\(rate < 10 ? NumberText.fixed(rate, 1) : NumberText.grouped(rate)) \(name)/s"
    }
  }
}
