// What every command starts with: the group of ranks, the threads, and how errors reach the user.
import Communication
import Logging
import Reporting
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The ranks and threads that a command works with.
struct Session {
  let communicator: any Communicator
  let team: ThreadTeam

  /// Opens a session, runs `body` in it and ends the process: with the status that `body` returns,
  /// or after reporting its error once.
  static func run(_ body: (Session) throws -> ExitStatus) -> Never {
    let communicator: any Communicator
    do {
      communicator = try LaunchEnvironment.current.openCommunicator()
    } catch {
      if LaunchEnvironment.current.rank == 0 { report(error) }
      exit(ExitStatus(error).rawValue)
    }
    do {
      _ = try communicator.coordinate {
        _ = try OpenBLAS.load()
        return []
      }
      let threadCount = try AllowedCores.current.threadShare(in: communicator)
      let status = try body(
        Session(communicator: communicator, team: ThreadTeam(threadCount: threadCount)))
      communicator.finalize()
      exit(status.rawValue)
    } catch let failure as AgreedFailure {
      if let cause = failure.cause { report(cause) }
      communicator.finalize()
      exit(ExitStatus(failure).rawValue)
    } catch {
      // The other ranks do not know: they must not wait for this one.
      report(error, rank: communicator.size > 1 ? communicator.rank : nil)
      communicator.abort(code: ExitStatus(error).rawValue)
    }
  }

  private static func report(_ error: any Error, rank: Int? = nil) {
    let prefix = rank.map { "rank \($0): " } ?? ""
    Logger(label: "trainer").error("\(prefix)\(String(describing: error))")
  }
}
