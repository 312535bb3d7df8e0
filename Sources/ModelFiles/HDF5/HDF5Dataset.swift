// Datasets: written and read whole, each with a checksum of its bytes beside it.
import ByteEncoding
import CHDF5

/// A dataset of an open file.
struct HDF5Dataset: ~Copyable {
  /// CRC-32C over the values as they lie in the file.
  static let checksumName = "crc32c"

  /// Nil for a type that no checkpoint uses.
  let type: HDF5Type?
  /// Empty for a single value.
  let shape: [Int]
  /// Whether the values lie in one piece, as they are.
  let isContiguous: Bool
  private let handle: HDF5Handle

  init(_ path: String, in file: borrowing HDF5File) throws(HDF5Error) {
    let fileID = file.id
    let handle = try HDF5Handle("H5Dopen2") {
      unsafe H5Dopen2(fileID, path, chdf5_default_properties())
    }
    let id = handle.id
    let type = try HDF5Handle("H5Dget_type") { H5Dget_type(id) }
    let knownType = try HDF5Type.of(type.id)
    let space = try HDF5Handle("H5Dget_space") { H5Dget_space(id) }
    let shape = try space.shape()
    let properties = try HDF5Handle("H5Dget_create_plist") { H5Dget_create_plist(id) }
    let propertiesID = properties.id
    // The enumeration's negative member is this call's way of failing.
    let layout = try HDF5Library.call("H5Pget_layout") { H5Pget_layout(propertiesID).rawValue }
    self.type = knownType
    self.shape = shape
    isContiguous = layout == H5D_CONTIGUOUS.rawValue
    self.handle = handle
  }

  /// Bytes of all values; nil if no machine could hold so many.
  var byteCount: Int? {
    var count = type?.byteCount ?? 0
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      count = product
    }
    return count
  }

  /// Reads all values. Precondition: the type is known and `destination` has their size.
  func read(into destination: UnsafeMutableRawBufferPointer) throws(HDF5Error) {
    guard let type, destination.count == byteCount else {
      preconditionFailure("a dataset is read into a buffer of its size")
    }
    let typeHandle = try type.makeHandle()
    let (id, typeID) = (handle.id, typeHandle.id)
    try HDF5Library.call("H5Dread") {
      let whole = chdf5_whole_space()
      return unsafe H5Dread(
        id, typeID, whole, whole, chdf5_default_properties(), destination.baseAddress)
    }
  }

  /// The checksum that was written beside the values.
  func storedChecksum() throws(HDF5Error) -> UInt32 {
    var value: UInt32 = 0
    try unsafe withUnsafeMutableBytes(of: &value) { (bytes) throws(HDF5Error) in
      try unsafe HDF5Attribute.read(Self.checksumName, of: handle.id, .uint32, into: bytes)
    }
    return value
  }
}

extension HDF5File {
  /// A new dataset and the checksum of its bytes. The bytes go to the file as they are, without a
  /// copy of the whole.
  /// - Parameter shape: empty for a single value.
  func write(
    _ path: String, _ type: HDF5Type, shape: [Int], _ bytes: RawSpan
  ) throws(HDF5Error) {
    precondition(bytes.byteCount == shape.reduce(type.byteCount, *), "\(path): \(shape)")
    let space = try HDF5Handle(shape: shape)
    let typeHandle = try type.makeHandle()
    let properties = try HDF5Handle("H5Pcreate") { H5Pcreate(chdf5_dataset_creation()) }
    let (fileID, spaceID, typeID, propertiesID) = (id, space.id, typeHandle.id, properties.id)
    try HDF5Library.call("H5Pset_obj_track_times") { H5Pset_obj_track_times(propertiesID, false) }
    try HDF5Library.call("H5Pset_fill_time") {
      H5Pset_fill_time(propertiesID, H5D_FILL_TIME_NEVER)
    }
    let defaults = chdf5_default_properties()
    let dataset = try HDF5Handle("H5Dcreate2") {
      unsafe H5Dcreate2(fileID, path, typeID, spaceID, defaults, propertiesID, defaults)
    }
    let id = dataset.id
    _ = try unsafe bytes.withUnsafeBytes { (bytes) throws(HDF5Error) in
      try HDF5Library.call("H5Dwrite") {
        let whole = chdf5_whole_space()
        return unsafe H5Dwrite(id, typeID, whole, whole, defaults, bytes.baseAddress)
      }
    }
    let checksum = [CRC32C(bytes).value]
    try unsafe HDF5Attribute.write(HDF5Dataset.checksumName, of: id, .uint32, checksum.span.bytes)
    try dataset.close()
  }
}

extension HDF5Handle {
  /// A dataspace.
  init(shape: [Int]) throws(HDF5Error) {
    if shape.isEmpty {
      try self.init("H5Screate") { H5Screate(H5S_SCALAR) }
    } else {
      let extents = shape.map { hsize_t($0) }
      try self.init("H5Screate_simple") {
        unsafe H5Screate_simple(Int32(extents.count), extents, nil)
      }
    }
  }

  /// The extents of a dataspace; those that exceed `Int` are cut to its maximum.
  func shape() throws(HDF5Error) -> [Int] {
    let id = id
    let rank = try HDF5Library.call("H5Sget_simple_extent_ndims") { H5Sget_simple_extent_ndims(id) }
    var extents = [hsize_t](repeating: 0, count: Int(rank))
    try HDF5Library.call("H5Sget_simple_extent_dims") {
      unsafe H5Sget_simple_extent_dims(id, &extents, nil)
    }
    return extents.map { Int(clamping: $0) }
  }
}
