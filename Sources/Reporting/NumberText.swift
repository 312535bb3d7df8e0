// Numbers as people read them. Foundation's formatters are not in the statically linked part.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Texts of numbers, the same in every locale.
package enum NumberText {
  /// C's `%.*f`: `fixed(3.14159, 2)` is "3.14".
  package static func fixed(_ value: Double, _ decimals: Int) -> String {
    formatted("%.*f", value, decimals)
  }

  /// C's `%.*e`: `scientific(0.001, 2)` is "1.00e-03".
  package static func scientific(_ value: Double, _ decimals: Int) -> String {
    formatted("%.*e", value, decimals)
  }

  /// With a comma after every third digit: "12,345".
  package static func grouped(_ value: Int) -> String {
    var digits = String(value.magnitude)
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits = String(digits.dropLast(3))
    }
    return (value < 0 ? "-" : "") + ([Substring(digits)] + groups).joined(separator: ",")
  }

  /// Rounded to a whole number, with commas; C's text when it is not finite.
  package static func grouped(_ value: Double) -> String {
    Int(exactly: value.rounded()).map { grouped($0) } ?? fixed(value, 0)
  }

  /// Hours, minutes and seconds: "00:02:03", "123:00:00"; "--:--:--" when nobody knows.
  package static func duration(seconds: Double) -> String {
    guard seconds >= 0, let whole = Int(exactly: seconds.rounded()) else { return "--:--:--" }
    func twoDigits(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    return [whole / 3600, whole / 60 % 60, whole % 60].map(twoDigits).joined(separator: ":")
  }

  /// In decimal units: "999 B", "1.5 kB", "312.0 MB", "1.25 GB".
  package static func bytes(_ count: Int) -> String {
    let value = Double(count)
    switch value.magnitude {
    case ..<1e3: return "\(count) B"
    case ..<1e6: return fixed(value / 1e3, 1) + " kB"
    case ..<1e9: return fixed(value / 1e6, 1) + " MB"
    default: return gigabytes(value)
    }
  }

  /// In units of 10^9 bytes: "0.31 GB".
  package static func gigabytes(_ bytes: Double) -> String { fixed(bytes / 1e9, 2) + " GB" }

  /// The loss's exponential: "22.7", and from a million on "1.00e+06".
  package static func perplexity(_ value: Double) -> String {
    value < 1e6 ? fixed(value, 1) : scientific(value, 2)
  }

  private static func formatted(_ format: String, _ value: Double, _ decimals: Int) -> String {
    precondition(decimals >= 0 && decimals <= 30, "\(decimals) decimals")
    // The largest Double has 309 digits before the point.
    var text = [CChar](repeating: 0, count: 352)
    let length = unsafe withVaList([Int32(decimals), value]) {
      unsafe vsnprintf(&text, text.count, format, $0)
    }
    return String(
      decoding: text.prefix(max(0, Int(length))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
