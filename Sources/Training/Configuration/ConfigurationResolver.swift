// Puts a configuration together: default < preset < file < environment < flags; strict, and all
// faults at once. On resume the checkpoint's comes between preset and file (`ResumeRules`).

/// Where a value came from.
package enum ValueSource: Sendable, Equatable, CustomStringConvertible {
  case standard
  case preset(Preset)
  case file(path: String, line: Int)
  case environment(name: String)
  case flag(String)
  /// Read from the checkpoint that the run goes on from.
  case checkpoint
  /// What the prepared text was made with.
  case preparedText
  /// Chosen by the run, because what was asked for is out of reach.
  case fallback

  package var description: String {
    switch self {
    case .standard: "default"
    case .preset(let preset): "preset \(preset.rawValue)"
    case .file(let path, let line): "\(path):\(line)"
    case .environment(let name): name
    case .flag(let flag): flag
    case .checkpoint: "checkpoint"
    case .preparedText: "prepared text"
    case .fallback: "fallback"
    }
  }

  /// How faults name the place.
  var place: String {
    if case .file(let path, _) = self { path } else { description }
  }
}

/// A configuration, and for every key where its value came from.
package struct ResolvedConfiguration: Sendable, Equatable {
  package var values = RunConfiguration()
  package private(set) var sources: [String: ValueSource] = [:]

  package init() {}

  /// Where the value of a key came from.
  package func source(of key: String) -> ValueSource { sources[key] ?? .standard }

  /// Whether the user gave the key a value, rather than a preset or nobody.
  package func isChosen(_ key: String) -> Bool {
    switch source(of: key) {
    case .file, .environment, .flag: true
    case .standard, .preset, .checkpoint, .preparedText, .fallback: false
    }
  }

  /// Where the first of some keys to which the user gave another value than a stored one has it from.
  func sourceOfChange(in keys: [String], from stored: RunConfiguration) -> ValueSource? {
    keys.first { path in
      guard isChosen(path), let key = ConfigurationKey.named(path) else { return false }
      return key.get(values) != key.get(stored)
    }.map(source(of:))
  }

  mutating func set(_ key: ConfigurationKey, _ value: JSONValue, _ source: ValueSource) {
    key.set(&values, value)
    sources[key.path] = source
  }

  /// Sets a value on the run's own account.
  package mutating func set(_ path: String, _ value: JSONValue, _ source: ValueSource) {
    guard let key = ConfigurationKey.named(path) else { preconditionFailure("no key \(path)") }
    set(key, value, source)
  }
}

/// Reads the layers of a configuration, one after the other, and collects their faults.
package struct ConfigurationResolver {
  private var resolved = ResolvedConfiguration()
  private var faults: [ConfigurationError.Fault] = []

  package init() {}

  /// The contents of a configuration file.
  /// - Parameter preset: takes the place of the preset that the file names.
  /// - Throws: `ConfigurationError.syntax`; other faults wait for `finish`.
  package mutating func read(
    file text: String, path: String, preset: String?
  ) throws(ConfigurationError) {
    guard case .object(let sections) = try JSON5Parser.parse(text, path: path) else {
      throw .syntax(path: path, line: 1, column: 1, reason: "the file must hold one object")
    }
    for section in sections where section.key == "preset" {
      guard let name = section.value.text else {
        report(path, "preset: \(section.value.typeName) where a text should be")
        continue
      }
      if preset == nil { read(preset: name, place: path) }
    }
    if let preset { read(preset: preset, place: "--preset") }
    for section in sections where section.key != "preset" {
      read(section, path)
    }
  }

  /// A preset by its name.
  package mutating func read(preset name: String, place: String) {
    guard let preset = Preset(rawValue: name) else {
      let known = Preset.allCases.map(\.rawValue).joined(separator: ", ")
      return report(place, "preset: no \"\(name)\"; there are \(known)")
    }
    for (path, value) in preset.values { resolved.set(path, value, .preset(preset)) }
  }

  /// Variables such as TRAINER_TRAINING_MAX_STEPS.
  package mutating func read(environment: [String: String]) {
    let sections = Set(ConfigurationKey.all.map(\.section))
    for (name, text) in environment.sorted(by: { $0.key < $1.key }) {
      guard name.hasPrefix("TRAINER_") else { continue }
      let rest = name.dropFirst("TRAINER_".count).lowercased()
      let section = String(rest.prefix { $0 != "_" })
      // Other variables of ours, such as TRAINER_CACHE, belong to no section.
      guard sections.contains(section), rest.count > section.count else { continue }
      let path = "\(section).\(rest.dropFirst(section.count + 1))"
      read(path, text: text, .environment(name: name))
    }
  }

  /// A flag: a key, its value as text, and how the user wrote it.
  package mutating func read(key: String, text: String, flag: String) {
    read(key, text: text, .flag(flag))
  }

  /// `--set section.key=value`
  package mutating func read(setting: String) {
    guard let equals = setting.firstIndex(of: "=") else {
      return report("--set \(setting)", "write section.key=value")
    }
    let key = String(setting[..<equals])
    read(key, text: String(setting[setting.index(after: equals)...]), .flag("--set"))
  }

  /// The configuration, checked as a whole.
  /// - Parameter isWhole: whether no checkpoint will fill in what is not set.
  /// - Throws: `ConfigurationError.faults` with everything that is wrong.
  package consuming func finish(
    isWhole: Bool = true
  ) throws(ConfigurationError) -> ResolvedConfiguration {
    if !faults.isEmpty { throw .faults(faults) }
    // Rules between keys make no sense while values are missing.
    if isWhole { try ConfigurationRules.check(resolved) }
    return resolved
  }

  private mutating func report(_ place: String, _ message: String) {
    faults.append(.init(place: place, message: message))
  }

  private mutating func read(_ section: JSONValue.Member, _ path: String) {
    let source = ValueSource.file(path: path, line: section.line)
    guard ConfigurationKey.all.contains(where: { $0.section == section.key }) else {
      return report(
        "\(path):\(section.line)", KeyNames.unknown(section.key, isSection: true))
    }
    guard case .object(let members) = section.value else {
      return report(
        source.place, "\(section.key): \(section.value.typeName) where an object should be")
    }
    for member in members {
      read(
        "\(section.key).\(member.key)", member.value, .file(path: path, line: member.line))
    }
  }

  private mutating func read(_ path: String, text: String, _ source: ValueSource) {
    guard let key = ConfigurationKey.named(path) else {
      return report(source.place, KeyNames.unknown(path, isSection: false))
    }
    read(key, key.kind.value(ofText: text), source)
  }

  private mutating func read(_ path: String, _ value: JSONValue, _ source: ValueSource) {
    guard let key = ConfigurationKey.named(path) else {
      var place = source.place
      if case .file(let path, let line) = source { place = "\(path):\(line)" }
      return report(place, KeyNames.unknown(path, isSection: false))
    }
    read(key, value, source)
  }

  private mutating func read(_ key: ConfigurationKey, _ value: JSONValue, _ source: ValueSource) {
    if let fault = key.fault(of: value) {
      report(source.place, "\(key.path): \(fault)")
    } else {
      resolved.set(key, value, source)
    }
  }
}
