// The resolved configuration as JSON, as it is stored with a run.

extension RunConfiguration {
  /// Sections in the order of the table; the same text for equal configurations.
  package var json: String {
    var sections: [JSONValue.Member] = []
    for key in ConfigurationKey.all {
      let member = JSONValue.Member(key: key.name, value: key.get(self))
      if let last = sections.last, last.key == key.section, case .object(let members) = last.value {
        sections[sections.count - 1] = .init(key: key.section, value: .object(members + [member]))
      } else {
        sections.append(.init(key: key.section, value: .object([member])))
      }
    }
    return JSONValue.object(sections).pretty() + "\n"
  }

  /// Reads what `json` gave; keys that an older trainer did not write keep their default.
  /// - Parameter path: names the text in errors.
  package init(json: String, path: String) throws(ConfigurationError) {
    var resolver = ConfigurationResolver()
    try resolver.read(file: json, path: path, preset: nil)
    self = try resolver.finish().values
  }
}
