// How the cores of a node are divided among the threads of its ranks.

extension AllowedCores {
  /// Threads that this rank may use. Collective: every rank of `communicator` passes its own cores.
  ///
  /// Ranks that the launcher bound to cores of their own use these; ranks that may run on the same
  /// cores share them. The threads of all ranks of a node never exceed the allowed cores, unless
  /// the ranks alone do.
  package func threadShare(in communicator: any Communicator) throws -> Int {
    var allowed = [Double](repeating: 0, count: Self.largestCoreCount)
    for core in cores where core < allowed.count { allowed[core] = 1 }
    let ranksPerCore = try communicator.sumOverNode(allowed)
    return threadShare(
      ranksPerCore: cores.map { $0 < allowed.count ? Int(ranksPerCore[$0]) : 1 },
      nodeSize: communicator.nodeSize)
  }

  /// - Parameters:
  ///   - ranksPerCore: for each of `cores`, the number of the node's ranks that may run on it.
  ///   - nodeSize: number of the node's ranks. The control group's quota is taken to be common to
  ///     them: where each rank has one of its own, some cores stay idle, but none is overloaded.
  package func threadShare(ranksPerCore: [Int], nodeSize: Int) -> Int {
    precondition(ranksPerCore.count == cores.count, "one number of ranks for each core")
    // A core that n ranks may use counts 1/n for each, so that the shares add up to the cores. The
    // small addend makes up for thirds that do not add up to a whole in floating point.
    let share = ranksPerCore.reduce(0) { $0 + 1 / Double(max(1, $1)) } + 1e-6
    let granted = quota.map { $0 / Double(max(1, nodeSize)) } ?? .infinity
    return max(1, Int(min(share, granted).rounded(.down)))
  }
}
