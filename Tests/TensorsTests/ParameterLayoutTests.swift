// The table of parameters: places, gaps and names.
import Tensors
import Testing

struct ParameterLayoutTests {
  private var layout: ParameterLayout {
    var layout = ParameterLayout()
    layout.append("a.weight", [3, 7], .normal(standardDeviation: 0.02))
    layout.append("a.bias", [3], .zeros)
    layout.append("b.weight", [4, 4], .ones)
    layout.append("c.weight", [1], .ones)
    return layout
  }

  @Test func tensorsStartOnCacheLines() {
    #expect(layout.entries.map(\.offset) == [0, 32, 48, 64])
    #expect(layout.entries.map(\.range) == [0..<21, 32..<35, 48..<64, 64..<65])
    #expect(layout.bufferCount == 80)
  }

  @Test func gapsAreNotParameters() { #expect(layout.parameterCount == 21 + 3 + 16 + 1) }

  @Test func tensorsAreFoundByName() {
    #expect(layout["b.weight"]?.shape == [4, 4])
    #expect(layout["b"] == nil)
  }

  @Test func onlyTensorsOfTwoDimensionsDecay() {
    #expect(layout.entries.map(\.decays) == [true, false, true, false])
  }

  @Test func aBufferShowsATensor() {
    let buffer = FloatBuffer(count: layout.bufferCount)
    guard let entry = layout["a.bias"] else { return #expect(Bool(false)) }
    buffer.vector(entry).fill(5)
    #expect(buffer.vector[31..<36].array == [0, 5, 5, 5, 0])
  }
}
