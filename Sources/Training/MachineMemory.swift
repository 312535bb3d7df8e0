// Whether a model fits the machine, asked before it is made.
import FoundationEssentials
import Models
import Tensors

package enum MachineMemory {
  /// Parameters, gradients, moments and packed weights must fit the machine: memory is handed out
  /// when it is first written, and a run that finds out then is killed without a word.
  /// - Parameter buffers: flat buffers that the ranks of a node keep.
  package static func check(
    _ model: ModelConfiguration, _ products: ProductPrecision, buffers: Int, nodeSize: Int
  ) throws(ConfigurationError) {
    let count = ModelSize(model).parameterCount
    // Both packed forms of the weights take as much as the floats; every rank has its own.
    let packed = products == .half ? nodeSize : 0
    let needed = (buffers + packed) * MemoryLayout<Float>.stride * count
    let present = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    if needed > present {
      throw .modelTooLarge(
        parameterCount: count, nodeSize: nodeSize, neededBytes: needed, presentBytes: present)
    }
  }
}
