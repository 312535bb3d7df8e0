// What becomes of an export by its proof.
import ModelFiles
import Tensors
import Training

extension ExportProof {
  /// Rounded weights may be coarser than hoped for; the same weights are the same.
  /// - Parameters:
  ///   - format: of most weights.
  ///   - option: that names it.
  /// - Throws: `ModelFileError.notTheSame`, `tooCoarse`
  func check(_ format: TensorFormat, path: String, option: String) throws(ModelFileError) {
    let faults = faults(.refusal(format))
    if faults.isEmpty { return }
    throw format == .f32
      ? .notTheSame(path: path, faults: faults)
      : .tooCoarse(path: path, faults: faults, option: option)
  }
}

extension Session {
  /// Says where an export is coarser than its format usually is.
  func warnOfRounding(_ proof: ExportProof, _ format: TensorFormat, option: String) {
    for fault in proof.faults(.warning(format)) {
      warn("\(fault); choose a \(option) with more bits")
    }
  }
}
