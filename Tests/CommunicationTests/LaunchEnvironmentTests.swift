// The environment variables of each launcher, taken from its documentation.
import Communication
import Testing

struct LaunchEnvironmentTests {
  @Test func withoutLauncherTheProcessIsAlone() {
    let environment = LaunchEnvironment(["PATH": "/usr/bin", "SLURM_CONF": "/etc/slurm.conf"])
    #expect(environment.launcher == nil)
    #expect(environment.size == 1)
    #expect(environment.rank == 0)
  }

  @Test(arguments: [
    (["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "3"], Launcher.openMPI, 4, 3),
    (["PMI_SIZE": "4", "PMI_RANK": "2", "MPI_LOCALNRANKS": "4"], .pmi, 4, 2),
    (["SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "7", "PMIX_RANK": "7"], .slurm, 8, 7),
    // srun --mpi=pmi2 sets PMI's variables too.
    (["SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "5", "PMI_SIZE": "8"], .slurm, 8, 5),
    // Open MPI's mpirun in a Slurm job starts one daemon a node by srun.
    (
      [
        "SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "1", "OMPI_COMM_WORLD_SIZE": "16",
        "OMPI_COMM_WORLD_RANK": "9", "PMIX_RANK": "9",
      ], .openMPI, 16, 9
    ),
  ])
  func launchersAreTold(
    _ variables: [String: String], launcher: Launcher, size: Int, rank: Int
  ) {
    let environment = LaunchEnvironment(variables)
    #expect(environment.launcher == launcher)
    #expect(environment.size == size)
    #expect(environment.rank == rank)
  }

  @Test func aBatchScriptIsNoLauncher() {
    let environment = LaunchEnvironment(["SLURM_NTASKS": "4", "SLURM_PROCID": "0"])
    #expect(environment.launcher == nil)
  }

  @Test func aLauncherMayNotSayItsSize() {
    let environment = LaunchEnvironment(["PMIX_RANK": "1", "PMIX_NAMESPACE": "prun.1"])
    #expect(environment.launcher == .pmix)
    #expect(environment.size == nil)
    #expect(environment.rank == 1)
  }

  @Test(arguments: [[:], ["OMPI_COMM_WORLD_SIZE": "1"], ["PMI_SIZE": "1", "PMI_RANK": "0"]])
  func oneProcessNeedsNoMPI(_ variables: [String: String]) throws {
    let communicator = try LaunchEnvironment(variables).openCommunicator()
    #expect(communicator is SingleProcessCommunicator)
    #expect(communicator.isCoordinator)
  }

  @Test func anotherMPIsLauncherIsNamedWithTheWayOut() {
    let error = MPIError.launcherDiffers(
      launchedSize: 4, mpiSize: 1, launcher: .pmi, library: "Open MPI v4.1.4")
    #expect(
      error.description
        == "started as one of 4 ranks by the mpirun of MPICH or Intel MPI, but this build's MPI "
        + "(Open MPI v4.1.4) sees only one; start it with Open MPI's own mpirun, e.g. "
        + "`mpirun.openmpi -np 4 trainer …`")
  }
}
