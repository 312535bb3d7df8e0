// What every command starts with: the group of ranks, the threads, and how errors reach the user.
import Communication
import Logging
import Reporting
import Tensors
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The ranks and threads that a command works with.
struct Session {
  let communicator: any Communicator
  let team: ThreadTeam
  let console: Console
  let logger: Logger

  /// Opens a session, runs `body` in it and ends the process: with the status that `body` returns,
  /// or after reporting its error once.
  /// - Parameter quiet: shows warnings and errors only.
  static func run(quiet: Bool = false, _ body: (Session) throws -> ExitStatus) -> Never {
    // A file over the user's limit (ulimit -f) is an error like a full disk, not the end.
    signal(SIGXFSZ, SIG_IGN)
    let console = Console.standardError()
    let logger = Logger(label: "trainer") { _ in
      ConsoleLogHandler(console: console, logLevel: quiet ? .warning : .info)
    }
    let communicator: any Communicator
    do {
      communicator = try LaunchEnvironment.current.openCommunicator()
    } catch {
      // As with wrong usage: every rank finds another MPI's launcher, and only the first says so.
      if case MPIError.launcherDiffers = error, LaunchEnvironment.current.rank != 0 {
        exit(ExitStatus.done.rawValue)
      }
      report(error, logger)
      exit(ExitStatus(error).rawValue)
    }
    if communicator.size > 1 { Exhaustion.name(rank: communicator.rank) }
    do {
      _ = try communicator.coordinate {
        if let fault = HalfMultiply.fault {
          throw ConfigurationError.faults([.init(place: HalfMultiply.pathVariable, message: fault)])
        }
        return []
      }
      let threadCount = try AllowedCores.current.threadShare(in: communicator)
      let session = Session(
        communicator: communicator, team: ThreadTeam(threadCount: threadCount), console: console,
        logger: logger)
      let status = try body(session)
      communicator.finalize()
      exit(status.rawValue)
    } catch let failure as AgreedFailure {
      if let cause = failure.cause { report(cause, logger) }
      communicator.finalize()
      exit(ExitStatus(failure).rawValue)
    } catch {
      // The other ranks do not know: they must not wait for this one.
      report(error, logger, rank: communicator.size > 1 ? communicator.rank : nil)
      communicator.abort(code: ExitStatus(error).rawValue)
    }
  }

  /// A line for the user, from one rank only.
  func announce(_ text: String) {
    if communicator.isCoordinator { logger.info("\(text)") }
  }

  func warn(_ text: String) {
    if communicator.isCoordinator { logger.warning("\(text)") }
  }

  private static func report(_ error: any Error, _ logger: Logger, rank: Int? = nil) {
    for line in FaultText.lines(of: error, rank: rank) { logger.error("\(line)") }
  }
}

/// An error as the user reads it.
package enum FaultText {
  /// One line for each fault.
  /// - Parameter rank: the rank that met it, where there are several.
  package static func lines(of error: any Error, rank: Int?) -> [String] {
    var rank = rank
    // It says so itself.
    if case MPIError.callFailed(_, _, rank: .some) = error { rank = nil }
    let prefix = rank.map { "rank \($0): " } ?? ""
    return String(describing: error).split(separator: "\n").map { prefix + $0 }
  }
}
