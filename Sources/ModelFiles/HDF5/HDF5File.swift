// An HDF5 file: opened, created, filled with groups, closed so that no failure leaves HDF5 in pieces.
import CHDF5

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An open HDF5 file that closes itself.
struct HDF5File: ~Copyable {
  let id: hid_t
  private let isWritable: Bool

  /// A new file in place of what lies at `path`.
  ///
  /// Its superblock and object headers carry checksums (HDF5 1.10's format), and nothing in it
  /// depends on the time, so that equal content gives equal bytes.
  init(creating path: String) throws(HDF5Error) {
    let access = try Self.makeAccessProperties()
    let creation = try HDF5Handle("H5Pcreate") { H5Pcreate(chdf5_file_creation()) }
    let (accessID, creationID) = (access.id, creation.id)
    try HDF5Library.call("H5Pset_obj_track_times") { H5Pset_obj_track_times(creationID, false) }
    id = try HDF5Library.call("H5Fcreate") {
      unsafe H5Fcreate(path, chdf5_overwrite(), creationID, accessID)
    }
    isWritable = true
  }

  init(reading path: String) throws(HDF5Error) {
    let access = try Self.makeAccessProperties()
    let accessID = access.id
    id = try HDF5Library.call("H5Fopen") { unsafe H5Fopen(path, chdf5_read_only(), accessID) }
    isWritable = false
  }

  private static func makeAccessProperties() throws(HDF5Error) -> HDF5Handle {
    let properties = try HDF5Handle("H5Pcreate") { H5Pcreate(chdf5_file_access()) }
    let id = properties.id
    try HDF5Library.call("H5Pset_libver_bounds") {
      H5Pset_libver_bounds(id, H5F_LIBVER_V110, H5F_LIBVER_V110)
    }
    try HDF5Library.call("H5Pset_fclose_degree") { H5Pset_fclose_degree(id, H5F_CLOSE_STRONG) }
    // Files are written aside and renamed, so nobody else has them open; and locks fail on many
    // cluster file systems.
    try HDF5Library.call("H5Pset_file_locking") { H5Pset_file_locking(id, false, true) }
    return properties
  }

  func makeGroup(_ path: String) throws(HDF5Error) {
    let properties = try HDF5Handle("H5Pcreate") { H5Pcreate(chdf5_group_creation()) }
    let (fileID, propertiesID) = (id, properties.id)
    try HDF5Library.call("H5Pset_obj_track_times") { H5Pset_obj_track_times(propertiesID, false) }
    let group = try HDF5Handle("H5Gcreate2") {
      let defaults = chdf5_default_properties()
      return unsafe H5Gcreate2(fileID, path, defaults, propertiesID, defaults)
    }
    try group.close()
  }

  /// Names of a group's members, in the order of their bytes.
  func memberNames(of path: String) throws(HDF5Error) -> [String] {
    let fileID = id
    let group = try HDF5Handle("H5Gopen2") {
      unsafe H5Gopen2(fileID, path, chdf5_default_properties())
    }
    let groupID = group.id
    var info = H5G_info_t()
    try HDF5Library.call("H5Gget_info") { unsafe H5Gget_info(groupID, &info) }
    var names: [String] = []
    for index in 0..<info.nlinks { names.append(try Self.memberName(groupID, index)) }
    return names
  }

  private static func memberName(_ group: hid_t, _ index: hsize_t) throws(HDF5Error) -> String {
    // A name is at most 64 KiB long: it lies in an object header or a heap object.
    var buffer = [CChar](repeating: 0, count: 1 << 16)
    let length = try HDF5Library.call("H5Lget_name_by_idx") {
      unsafe H5Lget_name_by_idx(
        group, ".", H5_INDEX_NAME, H5_ITER_INC, index, &buffer, buffer.count,
        chdf5_default_properties())
    }
    let bytes = buffer.prefix(min(length, buffer.count - 1)).map { UInt8(bitPattern: $0) }
    guard let name = String(validating: bytes, as: UTF8.self) else {
      throw HDF5Error(call: "H5Lget_name_by_idx", message: "a name is not UTF-8")
    }
    return name
  }

  /// Whether `path` names a member; every group above it must exist.
  func contains(_ path: String) throws(HDF5Error) -> Bool {
    let fileID = id
    return try HDF5Library.call("H5Lexists") {
      unsafe H5Lexists(fileID, path, chdf5_default_properties())
    } > 0
  }

  /// Hands everything written to the system. A failure is thrown here and leaves the file open, so
  /// that nothing is left for `close` to fail at.
  func flush() throws(HDF5Error) {
    let id = id
    try HDF5Library.call("H5Fflush") { H5Fflush(id, H5F_SCOPE_GLOBAL) }
  }

  /// Closes a file that was flushed or only read.
  consuming func close() throws(HDF5Error) {
    let id = id
    discard self
    try HDF5Library.call("H5Fclose") { H5Fclose(id) }
  }

  /// Without `close`, a file that was being written is worth nothing, and its disk may be full. A
  /// failed flush would leave the library's caches behind, so it writes what it still has into the
  /// null device.
  deinit {
    let id = id
    if isWritable { Self.redirectToNullDevice(id) }
    _ = try? HDF5Library.call("H5Fclose") { H5Fclose(id) }
  }

  private static func redirectToNullDevice(_ id: hid_t) {
    var handle: UnsafeMutableRawPointer?
    let found: herr_t? = try? HDF5Library.call("H5Fget_vfd_handle") {
      unsafe H5Fget_vfd_handle(id, chdf5_default_properties(), &handle)
    }
    // HDF5's default driver hands out the address of its file descriptor.
    guard found != nil, let descriptor = unsafe handle?.load(as: Int32.self) else { return }
    guard let null = try? FileDescriptor(opening: "/dev/null", O_RDWR) else { return }
    _ = dup2(null.number, descriptor)
  }
}
