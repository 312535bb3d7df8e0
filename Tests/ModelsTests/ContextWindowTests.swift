// What a model sees of a text that grows longer than its context.
import Models
import Testing

struct ContextWindowTests {
  @Test func theOldestHalfContextsGoOneByOne() {
    let window = ContextWindow(contextLength: 8)
    #expect((0...8).allSatisfy { window.start(count: $0) == 0 })
    #expect((9...17).map { window.start(count: $0) } == [4, 4, 4, 4, 8, 8, 8, 8, 12])
  }

  @Test(arguments: [1, 2, 3, 7, 64])
  func moreThanHalfAContextIsSeenAndNeverMoreThanAll(contextLength: Int) {
    let window = ContextWindow(contextLength: contextLength)
    for count in contextLength...(5 * contextLength + 3) {
      let seen = count - window.start(count: count)
      #expect(seen <= contextLength && 2 * seen > contextLength, "\(seen) of \(count)")
    }
  }
}
