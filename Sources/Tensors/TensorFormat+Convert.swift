// Between floats and stored weights.
import CKernels

extension TensorFormat {
  /// The bytes of all rows of `values`, each a whole number of blocks.
  ///
  /// Numbers are rounded to the format's precision; the long blocks of the `k` formats look for
  /// scales with little squared error. Values that are not finite give blocks without meaning.
  /// - Precondition: the format is one of `encodable`.
  package func encode(_ values: Matrix, team: ThreadTeam) -> [UInt8] {
    precondition(Self.encodable.contains(self), "\(rawValue) is only read")
    let rowBytes = byteCount(values: values.columns)
    let minimum = max(1, VectorMath.minimumPiece / max(1, values.columns))
    return unsafe [UInt8](unsafeUninitializedCapacity: rowBytes * values.rows) { bytes, count in
      let start = unsafe EncodedStart(bytes.baseAddress)
      team.runRanges(values.rows, minimum: minimum) { rows in
        for row in rows {
          let source = values.row(row)
          if let base = unsafe start.base {
            unsafe ck_quantize(kernelFormat, base + row * rowBytes, source.pointer, source.count)
          }
        }
      }
      count = rowBytes * values.rows
    }
  }

  /// Writes the values stored in `bytes` into `values`, which has room for exactly these.
  package func decode(_ bytes: RawSpan, into values: Vector) {
    precondition(
      bytes.byteCount == byteCount(values: values.count),
      "\(bytes.byteCount) bytes are not \(values.count) values of \(rawValue)")
    unsafe bytes.withUnsafeBytes { source in
      guard let base = source.baseAddress else { return }
      unsafe ck_dequantize(kernelFormat, values.pointer, base, values.count)
    }
  }
}

/// Where threads write: each its own rows.
@safe
private struct EncodedStart: @unchecked Sendable {
  let base: UnsafeMutablePointer<UInt8>?
  init(_ base: UnsafeMutablePointer<UInt8>?) { unsafe self.base = base }
}
