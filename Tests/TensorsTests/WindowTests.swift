// Buffers and the windows into them.
import Tensors
import Testing

struct WindowTests {
  private func numbers(_ count: Int) -> Vector { Vector((0..<count).map(Float.init)) }

  @Test func aNewBufferIsZeroAndAlignedToPages() {
    let buffer = FloatBuffer(count: 3_000_000)
    #expect(buffer.vector.array.allSatisfy { $0 == 0 })
    let address = unsafe UInt(bitPattern: buffer.base)
    #expect(address % 4_096 == 0)
    #expect(FloatBuffer(count: 0).vector.array.isEmpty)
  }

  @Test func vectorWindowsShareTheirBuffer() {
    let vector = numbers(20)
    let window = vector[5..<15][2..<4]
    #expect(window.array == [7, 8])
    window[1] = -1
    #expect(vector[8] == -1)
    vector[0..<3].copy(from: vector[10..<13])
    #expect(vector[0..<4].array == [10, 11, 12, 3])
    vector[4..<4].fill(9)
    #expect(vector[4] == 4)
  }

  @Test func matrixWindowsShareTheirBuffer() {
    let matrix = Matrix(numbers(30), rows: 5, columns: 6)
    let window = matrix.rows(1..<4).columns(2..<5)
    #expect(window.rows == 3 && window.columns == 3 && window.stride == 6)
    #expect(window.row(2).array == [20, 21, 22])
    #expect(window[0, 1] == 9)
    window[0, 1] = -1
    #expect(matrix[1, 3] == -1)
    #expect(!window.isContiguous && window.rows(2..<3).isContiguous && matrix.isContiguous)
    #expect(matrix.rows(1..<3).vector.array[0..<2] == [6, 7])
    #expect(matrix.rows(5..<5).rows == 0)
  }

  /// Products read rows in steps of 32, also behind the last region of a plan.
  @Test(arguments: [(1, 1), (3, 40), (33, 512), (64, 1), (1, 5_000)])
  func whatProductsReadBeyondTheLastRowIsThere(_ rows: Int, _ columns: Int) {
    var plan = MemoryPlan()
    _ = plan.reserveHalf(100, 100)
    let last = plan.reserveHalf(rows, columns)
    for matrix in [Workspace(plan).half(last), BFloat16Matrix.zeros(rows, columns)] {
      let end = matrix.offset + (rows + 31) / 32 * 32 * matrix.stride
      #expect(2 * matrix.buffer.count >= end)
    }
  }

  @Test func plannedRegionsAreApartAndAligned() {
    var plan = MemoryPlan()
    let first = plan.reserve(3, 7)
    let second = plan.reserve(5)
    let third = plan.reserve(16)
    let workspace = Workspace(plan)
    workspace.matrix(first).vector.fill(1)
    workspace.vector(second).fill(2)
    workspace.vector(third).fill(3)
    #expect(workspace.matrix(first).rows == 3 && workspace.matrix(first).columns == 7)
    #expect(workspace.matrix(first).vector.array.allSatisfy { $0 == 1 })
    #expect(workspace.vector(second).array == [2, 2, 2, 2, 2])
    for region in [first, second, third] { #expect(workspace.matrix(region).offset % 16 == 0) }
    #expect(plan.floatCount == 32 + 16 + 16)
  }
}
