// The settings of a run as `trainer info` shows them, with what each means where that is asked for.
import Reporting
import Training

struct SettingList {
  private struct Setting {
    let key: ConfigurationKey
    let value: JSONValue
    let source: String
  }

  private let settings: [Setting]

  init(
    _ keys: [ConfigurationKey], _ values: RunConfiguration, source: (_ key: String) -> ValueSource
  ) {
    settings = keys.map {
      Setting(key: $0, value: $0.value(in: values), source: source($0.path).description)
    }
  }

  var json: JSONValue {
    .fields(
      settings.map { setting in
        (
          setting.key.path,
          .fields([
            ("value", setting.value), ("source", .string(setting.source)),
            ("help", .string(setting.key.help)),
            ("allowed", .string(setting.key.kind.allowedValues)),
          ])
        )
      })
  }

  /// Values that are longer push their source to the right.
  private static let widestValue = 24
  private static let indentation = "    "

  /// A line a setting.
  /// - Parameters:
  ///   - showsSources: whether it ends with where the value comes from.
  ///   - explainedIn: columns in which each line is followed by what the key means, if at all.
  func text(showsSources: Bool, explainedIn columns: Int?) -> String {
    let widths = (
      path: settings.map(\.key.path.columnCount).max() ?? 0,
      value: min(Self.widestValue, settings.map(\.value.compact.columnCount).max() ?? 0)
    )
    return settings.map { setting in
      let value = setting.value.compact
      let line =
        setting.key.path.padded(toColumns: widths.path + 2)
        + (showsSources ? value.padded(toColumns: widths.value) + "  " + setting.source : value)
      let explanation = columns.map { Self.explanation(setting.key, columns: $0) } ?? []
      return ([line] + explanation).joined(separator: "\n")
    }.joined(separator: "\n")
  }

  private static func explanation(_ key: ConfigurationKey, columns: Int) -> [String] {
    "\(key.help) (\(key.kind.allowedValues))"
      .lines(columns: columns - indentation.columnCount).map { indentation + $0 }
  }
}
