// What `trainer inspect logits` takes of a large vocabulary: only what is shown.
import Commands
import Models
import Tensors
import Testing

/// Expects after each token the next higher one, and others the less the further away they are.
private final class CountingModel: DecodingState {
  let contextLength = 8
  let vocabularySize = 6
  private(set) var tokens: [Int32] = []
  /// Rows of logits that were asked for.
  private(set) var rowCount = 0

  func keep(first count: Int) { tokens.removeSubrange(count...) }

  func logits(reading new: [Int32]) -> Matrix {
    tokens += new
    rowCount += new.count
    let rows = Matrix.zeros(new.count, vocabularySize)
    for (row, token) in new.enumerated() {
      for other in 0..<vocabularySize { rows[row, other] = -abs(Float(other) - Float(token) - 1) }
    }
    return rows
  }

  func nextLogits(reading new: [Int32]) -> Vector {
    tokens += new.dropLast()
    return logits(reading: new.suffix(1)).row(0)
  }
}

@Suite struct ExpectedTokensTests {
  private static let text: [Int32] = [0, 1, 4, 5, 2]

  @Test func onlyTheLastPlaceIsReadWhereItIsAllThatIsShown() throws {
    let model = CountingModel()
    let places = try ExpectedTokens.read(Self.text, model, top: 2, allPlaces: false)
    #expect(places.map(\.place) == [4])
    #expect(places[0].next.map(\.token) == [3, 2])
    // After 5 the 5 is likeliest and the 2 the fourth.
    #expect(places[0].own?.rank == 3)
    // The place itself, and the one before, which says how its token was expected.
    #expect(model.rowCount == 2)
    #expect(model.tokens == Self.text)
    let first = try ExpectedTokens.read([4], model, top: 9, allPlaces: false)
    #expect(first[0].own == nil && first[0].next.count == 6)
  }

  @Test func allPlacesKeepTheLikeliestOnly() throws {
    let places = try ExpectedTokens.read(Self.text, CountingModel(), top: 1, allPlaces: true)
    #expect(places.map(\.place) == [0, 1, 2, 3, 4])
    #expect(places.map { $0.next.map(\.token) } == [[1], [2], [5], [5], [3]])
    // After 1 the 4 is as likely as the 0, which comes first.
    #expect(places.map { $0.own?.rank } == [nil, 0, 4, 0, 3])
    #expect(places[0].next[0].logit == 0)
    let sure = try #require(places[1].own)
    #expect(sure.probability == places[0].next[0].probability)
    let last = try ExpectedTokens.read(Self.text, CountingModel(), top: 1, allPlaces: false)
    #expect(last[0].own?.probability == places[4].own?.probability)
  }
}
