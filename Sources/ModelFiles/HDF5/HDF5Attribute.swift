// Attributes: single values attached to a file's root or to a dataset.
import CHDF5

enum HDF5Attribute {
  static func write(
    _ name: String, of object: hid_t, _ type: HDF5Type, _ bytes: RawSpan
  ) throws(HDF5Error) {
    precondition(bytes.byteCount == type.byteCount, "\(name): an attribute is a single value")
    let space = try HDF5Handle(shape: [])
    let typeHandle = try type.makeHandle()
    let (spaceID, typeID) = (space.id, typeHandle.id)
    let attribute = try HDF5Handle("H5Acreate2") {
      let defaults = chdf5_default_properties()
      return unsafe H5Acreate2(object, name, typeID, spaceID, defaults, defaults)
    }
    let id = attribute.id
    _ = try unsafe bytes.withUnsafeBytes { (bytes) throws(HDF5Error) in
      try HDF5Library.call("H5Awrite") { unsafe H5Awrite(id, typeID, bytes.baseAddress) }
    }
    try attribute.close()
  }

  /// The type of a single value; nil if there is no such attribute, or of another kind.
  static func type(of name: String, of object: hid_t) throws(HDF5Error) -> HDF5Type? {
    let exists = try HDF5Library.call("H5Aexists") { unsafe H5Aexists(object, name) }
    guard exists > 0 else { return nil }
    let attribute = try open(name, of: object)
    let id = attribute.id
    let space = try HDF5Handle("H5Aget_space") { H5Aget_space(id) }
    guard try space.shape().isEmpty else { return nil }
    let type = try HDF5Handle("H5Aget_type") { H5Aget_type(id) }
    return try HDF5Type.of(type.id)
  }

  /// - Throws: `HDF5Error`, also if the attribute is missing or of another type.
  static func read(
    _ name: String, of object: hid_t, _ type: HDF5Type,
    into destination: UnsafeMutableRawBufferPointer
  ) throws(HDF5Error) {
    guard try self.type(of: name, of: object) == type, destination.count == type.byteCount else {
      throw HDF5Error(call: "H5Aread", message: "no attribute \(name) of the right type")
    }
    let attribute = try open(name, of: object)
    let typeHandle = try type.makeHandle()
    let (id, typeID) = (attribute.id, typeHandle.id)
    try HDF5Library.call("H5Aread") { unsafe H5Aread(id, typeID, destination.baseAddress) }
  }

  private static func open(_ name: String, of object: hid_t) throws(HDF5Error) -> HDF5Handle {
    try HDF5Handle("H5Aopen") { unsafe H5Aopen(object, name, chdf5_default_properties()) }
  }
}
