// Memory that the ranks of a node share: MPI-3 windows.
import CMPI
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A window of shared memory, open for loads and stores of all its ranks until it is freed.
@safe
struct SharedWindow {
  let window: MPI_Win

  /// Collective over the node.
  func free() {
    // As with MPI_Finalize, nothing useful can follow from an error.
    var freed: MPI_Win? = unsafe window
    unsafe MPI_Win_unlock_all(window)
    unsafe MPI_Win_free(&freed)
  }
}

extension MPICommunicator {
  package func allocateShared(count: Int) throws -> [FloatBuffer]? {
    let counts = try nodeCounts(count)
    let needed = counts.reduce(0, +) * MemoryLayout<Float>.stride
    let isShort = Self.freeSharedBytes.map { $0 < needed } ?? false
    if try maximum([isShort ? 1 : 0])[0] > 0 { return nil }

    let window = try makeWindow(byteCount: count * MemoryLayout<Float>.stride)
    windows.append(window)
    let buffers = try counts.enumerated().map { try buffer(of: window, place: $0, count: $1) }
    // By its own rank, so that pages lie near the cores that use them most; MPI promises no zeros.
    buffers[nodeRank].vector.fill(0)
    try nodeBarrier()
    return buffers
  }

  /// What each rank of the node wishes.
  private func nodeCounts(_ own: Int) throws -> [Int] {
    var counts = [Double](repeating: 0, count: nodeSize)
    counts[nodeRank] = Double(own)
    return try sumOverNode(counts).map { Int($0) }
  }

  package func nodeBarrier() throws {
    try synchronizeWindows()
    try check(unsafe MPI_Barrier(node), "MPI_Barrier")
    try synchronizeWindows()
  }

  /// Completes this rank's stores, and lets it see those of others.
  private func synchronizeWindows() throws {
    for window in windows {
      try check(unsafe MPI_Win_sync(window.window), "MPI_Win_sync")
    }
  }

  private func makeWindow(byteCount: Int) throws -> SharedWindow {
    var info: MPI_Info? = unsafe cmpi_info_null()
    try check(unsafe MPI_Info_create(&info), "MPI_Info_create")
    // Every rank's part then starts on a page of its own.
    try check(unsafe MPI_Info_set(info, "alloc_shared_noncontig", "true"), "MPI_Info_set")
    var window: MPI_Win? = unsafe cmpi_win_null()
    var base: UnsafeMutableRawPointer?
    try check(
      unsafe MPI_Win_allocate_shared(
        byteCount, Int32(MemoryLayout<Float>.stride), info, node, &base, &window),
      "MPI_Win_allocate_shared")
    try check(unsafe MPI_Info_free(&info), "MPI_Info_free")
    try check(
      unsafe MPI_Win_set_errhandler(window, cmpi_errors_return()), "MPI_Win_set_errhandler")
    guard let window = unsafe window else {
      throw MPIError.callFailed(
        call: "MPI_Win_allocate_shared", message: "no window came of it", rank: rank)
    }
    try check(unsafe MPI_Win_lock_all(MPI_MODE_NOCHECK, window), "MPI_Win_lock_all")
    return unsafe SharedWindow(window: window)
  }

  private func buffer(of window: SharedWindow, place: Int, count: Int) throws -> FloatBuffer {
    var byteCount: MPI_Aint = 0
    var unit: Int32 = 0
    var base: UnsafeMutableRawPointer?
    try check(
      unsafe MPI_Win_shared_query(window.window, Int32(place), &byteCount, &unit, &base),
      "MPI_Win_shared_query")
    if count == 0 { return FloatBuffer(count: 0) }
    // Open MPI rounds the size up.
    guard let base = unsafe base, byteCount >= count * MemoryLayout<Float>.stride else {
      throw MPIError.callFailed(
        call: "MPI_Win_shared_query", message: "less memory than asked for", rank: rank)
    }
    unsafe Self.adviseLargePages(base, byteCount)
    // The communicator frees the window, when nobody works any more.
    return unsafe FloatBuffer(
      base: base.bindMemory(to: Float.self, capacity: count), count: count, owner: self)
  }

  /// Has an effect where /dev/shm is mounted with huge=advise; a refusal costs nothing.
  private static func adviseLargePages(_ base: UnsafeMutableRawPointer, _ byteCount: Int) {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let misplaced = Int(bitPattern: base) % page
    _ = unsafe madvise(base - misplaced, byteCount + misplaced, MADV_HUGEPAGE)
  }

  /// What the file system has left on which Open MPI puts shared memory; nil if that is unknown.
  /// Containers often have 64 MB, and a window that does not fit is no error but a crash.
  private static var freeSharedBytes: Int? {
    let setting = unsafe getenv("OMPI_MCA_osc_sm_backing_directory")
    let folder = unsafe setting.map { unsafe String(cString: $0) } ?? "/dev/shm"
    var status = statvfs()
    // One without a limit says that it has no blocks.
    guard unsafe statvfs(folder, &status) == 0, status.f_blocks > 0 else { return nil }
    return Int(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
  }
}
