// The groups of ranks that share a node, or a place on their nodes.
import CMPI

extension MPICommunicator {
  /// The ranks of this rank's node, ordered as in `world`.
  static func nodeGroup(of world: MPI_Comm, rank: Int) throws(MPIError) -> MPI_Comm {
    var group: MPI_Comm? = unsafe cmpi_comm_null()
    try check(
      unsafe MPI_Comm_split_type(
        world, cmpi_type_shared(), Int32(rank), cmpi_info_null(), &group), "MPI_Comm_split_type",
      rank: rank)
    return unsafe try returningErrors(group, rank: rank)
  }

  /// The ranks that stand at the same place of their nodes.
  static func peerGroup(
    of world: MPI_Comm, node: MPI_Comm, place: Int, rank: Int
  ) throws(MPIError) -> MPI_Comm {
    // Nodes are ordered by their first ranks: however ranks are spread, that of rank 0 comes first.
    var firstRank = Int32(rank)
    try check(
      unsafe MPI_Bcast(&firstRank, 1, cmpi_int(), 0, node), "MPI_Bcast", rank: rank)
    var group: MPI_Comm? = unsafe cmpi_comm_null()
    try check(
      unsafe MPI_Comm_split(world, Int32(place), firstRank, &group), "MPI_Comm_split", rank: rank)
    return unsafe try returningErrors(group, rank: rank)
  }

  private static func returningErrors(
    _ group: MPI_Comm?, rank: Int
  ) throws(MPIError) -> MPI_Comm {
    try check(
      unsafe MPI_Comm_set_errhandler(group, cmpi_errors_return()), "MPI_Comm_set_errhandler",
      rank: rank)
    guard let group = unsafe group else {
      throw .callFailed(call: "MPI_Comm_split", message: "no group came of it", rank: rank)
    }
    return unsafe group
  }
}
