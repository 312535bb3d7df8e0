// The few value types a checkpoint uses.
import CHDF5

/// The type of a dataset's or an attribute's values, the same in memory and in the file:
/// little-endian, as are all CPUs that the trainer runs on, so HDF5 never converts a value.
enum HDF5Type: Equatable {
  case float32
  case float64
  case int64
  case uint32
  case uint64
  /// UTF-8 of a fixed length, filled up with zeros. HDF5 guards texts of variable length by no
  /// checksum.
  case text(byteCount: Int)

  /// Bytes of one value.
  var byteCount: Int {
    switch self {
    case .float32, .uint32: 4
    case .float64, .int64, .uint64: 8
    case .text(let byteCount): byteCount
    }
  }

  func makeHandle() throws(HDF5Error) -> HDF5Handle {
    let type = try HDF5Handle("H5Tcopy") { H5Tcopy(predefined) }
    if case .text(let byteCount) = self {
      let id = type.id
      try HDF5Library.call("H5Tset_size") { H5Tset_size(id, byteCount) }
      try HDF5Library.call("H5Tset_cset") { H5Tset_cset(id, H5T_CSET_UTF8) }
      try HDF5Library.call("H5Tset_strpad") { H5Tset_strpad(id, H5T_STR_NULLPAD) }
    }
    return type
  }

  /// Read inside a checked call only: the first use prepares the library.
  private var predefined: hid_t {
    switch self {
    case .float32: chdf5_float32()
    case .float64: chdf5_float64()
    case .int64: chdf5_int64()
    case .uint32: chdf5_uint32()
    case .uint64: chdf5_uint64()
    case .text: chdf5_c_string()
    }
  }

  /// The type that `id` names, or nil if it is none of these.
  static func of(_ id: hid_t) throws(HDF5Error) -> HDF5Type? {
    let size = try HDF5Library.call("H5Tget_size") {
      // Zero is this call's way of failing.
      Int(exactly: H5Tget_size(id)).flatMap { $0 == 0 ? nil : $0 } ?? -1
    }
    for candidate in [.float32, .float64, .int64, .uint32, .uint64, .text(byteCount: size)]
      as [HDF5Type]
    where candidate.byteCount == size {
      let type = try candidate.makeHandle()
      let other = type.id
      if try HDF5Library.call("H5Tequal", { H5Tequal(id, other) }) > 0 { return candidate }
    }
    return nil
  }
}
