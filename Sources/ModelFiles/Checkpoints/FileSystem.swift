// The system calls that keeping checkpoints needs, with their error numbers thrown.
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A system call that failed, by its error number.
struct SystemError: Error, CustomStringConvertible {
  let number: Int32

  /// The error of the call that failed last.
  static var last: SystemError { SystemError(number: errno) }

  /// Whether the disk or the user's share of it is full.
  var isNoSpace: Bool { number == ENOSPC || number == EDQUOT }

  /// The system's words, such as "No such file or directory".
  var description: String { unsafe String(cString: strerror(number)) }
}

/// An open file descriptor that closes itself.
struct FileDescriptor: ~Copyable {
  let number: Int32

  init(opening path: String, _ flags: Int32, mode: mode_t = 0o666) throws(SystemError) {
    number = unsafe open(path, flags | O_CLOEXEC, mode)
    if number < 0 { throw .last }
  }

  deinit { _ = close(number) }

  /// Whether this is the file that lies at `path` now.
  func isFile(at path: String) -> Bool {
    var (own, there) = (stat(), stat())
    return unsafe fstat(number, &own) == 0 && lstat(path, &there) == 0
      && own.st_dev == there.st_dev && own.st_ino == there.st_ino
  }

  /// Waits until everything written to the file is on the disk.
  func synchronize() throws(SystemError) {
    if fsync(number) != 0 { throw .last }
  }

  /// Writes all of `bytes` where the last ones ended.
  func append(_ bytes: [UInt8]) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes { unsafe write(number, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR { throw .last }
      rest = rest.dropFirst(max(0, count))
    }
  }

  /// The first `count` bytes, fewer if the file ends before.
  func prefix(_ count: Int) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let length = unsafe pread(number, &bytes, count, 0)
    if length < 0 { throw .last }
    return Array(bytes.prefix(length))
  }
}

/// What tells a file from another that has taken its place.
struct FileIdentity: Equatable {
  private let device: dev_t
  private let number: ino_t
  private let size: off_t
  private let seconds: Int
  private let nanoseconds: Int

  /// Links are followed.
  init(of path: String) throws(SystemError) {
    var status = stat()
    if unsafe stat(path, &status) != 0 { throw .last }
    (device, number, size) = (status.st_dev, status.st_ino, status.st_size)
    (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
  }
}

enum FileSystem {
  enum Kind { case folder, link, file }

  /// What lies at `path`, links not followed; nil if nothing does.
  static func kind(of path: String) throws(SystemError) -> Kind? {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else {
      if errno == ENOENT { return nil }
      throw .last
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .folder
    case S_IFLNK: return .link
    default: return .file
    }
  }

  /// Size of a regular file in bytes.
  static func size(of path: String) throws(SystemError) -> Int {
    var status = stat()
    if unsafe stat(path, &status) != 0 { throw .last }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFDIR: throw SystemError(number: EISDIR)
    default: throw SystemError(number: EINVAL)
    }
    return Int(status.st_size)
  }

  /// Makes a folder and those above it, where missing.
  static func makeFolder(_ path: String) throws(SystemError) {
    if unsafe mkdir(path, 0o777) == 0 { return }
    switch errno {
    case EEXIST: if try !isFolder(path) { throw SystemError(number: ENOTDIR) }
    case ENOENT:
      let parent = folder(of: path)
      if parent == path { throw .last }
      try makeFolder(parent)
      // Another process may have been faster.
      if unsafe mkdir(path, 0o777) != 0, errno != EEXIST { throw .last }
    default:
      // Of an existing folder, a read-only file system says that it is read-only.
      let error = SystemError.last
      if (try? isFolder(path)) != true { throw error }
    }
  }

  /// Links are followed.
  static func isFolder(_ path: String) throws(SystemError) -> Bool {
    var status = stat()
    if unsafe stat(path, &status) != 0 { throw .last }
    return status.st_mode & S_IFMT == S_IFDIR
  }

  static func checkWritable(_ folder: String) throws(SystemError) {
    if unsafe access(folder, W_OK | X_OK) != 0 { throw .last }
  }

  /// Names in a folder, in the order of their bytes.
  static func names(in folder: String) throws(SystemError) -> [String] {
    guard let stream = unsafe opendir(folder) else { throw .last }
    defer { _ = unsafe closedir(stream) }
    var names: [String] = []
    errno = 0
    while let entry = unsafe readdir(stream) {
      names.append(
        unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
          unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        })
    }
    if errno != 0 { throw .last }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// What a symbolic link says.
  static func target(ofLink path: String) throws(SystemError) -> String {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = unsafe bytes.withUnsafeMutableBytes {
      unsafe readlink(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
    }
    if length < 0 { throw .last }
    return String(decoding: bytes.prefix(length), as: UTF8.self)
  }

  /// Without links on the way.
  static func realPath(_ path: String) throws(SystemError) -> String {
    guard let real = unsafe realpath(path, nil) else { throw .last }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
  }

  static func makeLink(_ path: String, to target: String) throws(SystemError) {
    if unsafe symlink(target, path) != 0 { throw .last }
  }

  /// Renames, in place of what lies at `destination`.
  static func move(_ source: String, to destination: String) throws(SystemError) {
    if unsafe rename(source, destination) != 0 { throw .last }
  }

  /// Removes a file; a missing one is fine.
  static func remove(_ path: String) throws(SystemError) {
    if unsafe unlink(path) != 0, errno != ENOENT { throw .last }
  }

  /// Bytes that this user may still write in `folder`; nil where the file system does not say.
  static func freeByteCount(in folder: String) -> Int? {
    var status = statvfs()
    guard unsafe statvfs(folder, &status) == 0, status.f_blocks > 0 else { return nil }
    // A part is kept back for root.
    let blocks = geteuid() == 0 ? status.f_bfree : status.f_bavail
    return Int(clamping: blocks.multipliedReportingOverflow(by: UInt(status.f_frsize)).partialValue)
  }

  /// The folder that `path` lies in.
  static func folder(of path: String) -> String {
    var rest = path[...]
    while rest.count > 1, rest.last == "/" { rest.removeLast() }
    guard let slash = rest.lastIndex(of: "/") else { return "." }
    return slash == rest.startIndex ? "/" : String(rest[..<slash])
  }
}
