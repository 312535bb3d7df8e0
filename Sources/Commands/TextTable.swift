// Columns of text that fit a terminal.
import Reporting

/// Rows below a head; words stand to the left of their column, numbers to the right.
struct TextTable {
  struct Column {
    enum Kind {
      case number
      /// Cut where the table would be too wide.
      case text
    }

    let title: String
    let kind: Kind

    init(_ title: String, _ kind: Kind = .number) {
      self.title = title
      self.kind = kind
    }
  }

  private let columns: [Column]
  private let rows: [[String]]
  private static let gap = 2
  /// What is left of a text that is cut.
  private static let shortestText = 8

  init(_ columns: [Column], _ rows: [[String]]) {
    self.columns = columns
    self.rows = rows
  }

  /// - Parameter columns: width that lines should not exceed.
  func text(columns limit: Int) -> String {
    let lines = [columns.map(\.title)] + rows
    var widths = columns.indices.map { index in lines.map { $0[index].columnCount }.max() ?? 0 }
    let excess = widths.reduce(Self.gap * (columns.count - 1), +) - limit
    if excess > 0,
      let widest = columns.indices.filter({ columns[$0].kind == .text })
        .max(by: { widths[$0] < widths[$1] })
    {
      widths[widest] = max(Self.shortestText, widths[widest] - excess)
    }
    return lines.map { line in
      let cells = line.indices.map { index in
        let cell = line[index].cut(toColumns: widths[index])
        return columns[index].kind == .text
          ? cell.padded(toColumns: widths[index]) : cell.indented(toColumns: widths[index])
      }
      var text = cells.joined(separator: String(repeating: " ", count: Self.gap))
      while text.last == " " { text.removeLast() }
      return text
    }.joined(separator: "\n")
  }
}
