// Texts of numbers against C's printf and by example.
import Reporting
import Testing

struct NumberTextTests {
  /// Expected texts are those of printf("%.*f") in the C locale.
  @Test(
    arguments: [
      (3.14159, 2, "3.14"), (0.125, 2, "0.12"), (0.375, 2, "0.38"), (-0.001, 2, "-0.00"),
      (2.5, 0, "2"), (1e22, 1, "10000000000000000000000.0"), (.nan, 2, "nan"),
      (.infinity, 2, "inf"),
      (-.infinity, 2, "-inf"), (9.9999, 3, "10.000"),
    ] as [(Double, Int, String)])
  func fixedDecimalsAreCs(_ value: Double, _ decimals: Int, _ text: String) {
    #expect(NumberText.fixed(value, decimals) == text)
  }

  @Test func theLargestDoubleFits() {
    let text = NumberText.fixed(-.greatestFiniteMagnitude, 30)
    #expect(text.count == 1 + 309 + 1 + 30)
    #expect(text.hasPrefix("-17976931348623157"))
  }

  @Test(
    arguments: [
      (0.001, "1.00e-03"), (0, "0.00e+00"), (6.0221e23, "6.02e+23"), (1e-300, "1.00e-300"),
      (-0.00123456, "-1.23e-03"), (9.999e-4, "1.00e-03"), (.nan, "nan"),
    ] as [(Double, String)])
  func scientificIsCs(_ value: Double, _ text: String) {
    #expect(NumberText.scientific(value, 2) == text)
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (12345, "12,345"), (-1_234_567, "-1,234,567"),
    (100_000, "100,000"), (Int.min, "-9,223,372,036,854,775,808"),
  ])
  func thousandsAreSeparated(_ value: Int, _ text: String) {
    #expect(NumberText.grouped(value) == text)
  }

  @Test func ratesAreRounded() {
    #expect(NumberText.grouped(12344.5) == "12,345")
    #expect(NumberText.grouped(Double.nan) == "nan")
    #expect(NumberText.grouped(Double.infinity) == "inf")
  }

  @Test(
    arguments: [
      (0, "00:00:00"), (59.6, "00:01:00"), (123, "00:02:03"), (359_999, "99:59:59"),
      (442_800, "123:00:00"), (.nan, "--:--:--"), (-1, "--:--:--"), (1e300, "--:--:--"),
    ] as [(Double, String)])
  func durationsAreHoursMinutesSeconds(_ seconds: Double, _ text: String) {
    #expect(NumberText.duration(seconds: seconds) == text)
  }

  @Test(arguments: [
    (0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (312_000_000, "312.0 MB"),
    (1_250_000_000, "1.25 GB"),
  ])
  func bytesHaveDecimalUnits(_ count: Int, _ text: String) {
    #expect(NumberText.bytes(count) == text)
  }
}
