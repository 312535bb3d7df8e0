// What can go wrong with models in the files of other tools, and what the user can do about it.
import ByteEncoding
import Tensors
import Text

/// A model that cannot be exported or imported. Nothing that was there before is lost by it.
package enum ModelFileError: Error, Equatable, CustomStringConvertible {
  case cannotRead(path: String, reason: String)
  /// A file or folder that lacks a part. - Parameter advice: what to do.
  case missing(path: String, part: String, advice: String)
  /// Truncated, damaged, or lying about its lengths.
  case malformed(path: String, reason: String)
  /// Well-formed, but what it says cannot be run here.
  case unsupported(path: String, reason: String)
  /// The tokenizer's files.
  case tokenizer(TokenizerError)
  /// A model that the format has no words for.
  case notExpressible(format: String, reason: String)
  /// Something that the trainer did not export is where the export should go.
  case occupied(path: String, reason: String)
  case cannotWrite(path: String, reason: String)
  case noSpace(path: String, neededByteCount: Int, freeByteCount: Int)
  /// What was written and read back is not the model.
  case notTheSame(path: String, faults: [String])
  /// As `notTheSame`, by rounding. - Parameter option: what to choose otherwise.
  case tooCoarse(path: String, faults: [String], option: String)

  package var description: String {
    switch self {
    case .cannotRead(let path, let reason):
      "\(path): cannot be read: \(reason); check the path and its permissions"
    case .missing(let path, let part, let advice): "\(path): \(part) is missing; \(advice)"
    case .malformed(let path, let reason):
      "\(path): \(reason); the file is truncated or damaged: get it again"
    case .unsupported(let path, let reason): "\(path): \(reason)"
    case .tokenizer(let error): "\(error)"
    case .notExpressible(let format, let reason):
      "this model cannot be exported as \(format): \(reason)"
    case .occupied(let path, let reason):
      "\(path): \(reason); choose another --out, or move it away"
    case .cannotWrite(let path, let reason):
      "\(path): cannot be written: \(reason); choose another --out"
    case .noSpace(let path, let needed, let free):
      "\(path): no space left on the device: \(megabytes(needed)) are needed, \(megabytes(free)) "
        + "are free; free some or choose another --out"
    case .notTheSame(let path, let faults):
      "\(path): what was written and read back is not the same model: "
        + "\(faults.joined(separator: "; ")); nothing was kept. Please report this"
    case .tooCoarse(let path, let faults, let option):
      "\(path): what was written and read back is another model: "
        + "\(faults.joined(separator: "; ")); nothing was kept: choose a \(option) with more bits"
    }
  }

  private func megabytes(_ byteCount: Int) -> String {
    byteCount < 10_000_000
      ? "\((byteCount + 500) / 1000) kB" : "\((byteCount + 500_000) / 1_000_000) MB"
  }
}

extension ModelFileError {
  /// - Throws: `notExpressible` for weights that no file makes a model of.
  static func checkFinite(
    _ values: Vector, name: String, format: String, team: ThreadTeam
  ) throws(ModelFileError) {
    guard VectorMath.sumOfSquares(values, team: team).isFinite else {
      throw .notExpressible(
        format: format,
        reason: "\(name) holds numbers that are infinite or none; take an older checkpoint")
    }
  }

  /// Opens a file that is to be read.
  static func mapping(_ path: String) throws(ModelFileError) -> MappedFile {
    do { return try MappedFile(path: path) } catch {
      throw .cannotRead(path: path, reason: "\(error)")
    }
  }
}

extension MappedFile {
  /// The file as JSON.
  /// - Throws: `ModelFileError.malformed`
  func json() throws(ModelFileError) -> JSONNode {
    do throws(TokenizerError) {
      var reader = JSONReader(array(0..<count), path: path)
      let root = try reader.node()
      try reader.end()
      return root
    } catch {
      guard case .malformedFile(_, let place, let reason) = error else {
        throw .malformed(path: path, reason: "\(error)")
      }
      throw .malformed(path: path, reason: "line \(place.line), column \(place.column): \(reason)")
    }
  }
}
