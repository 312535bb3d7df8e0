// Exit codes: what scripts and schedulers see.
import ArgumentParser
import Communication
import ModelFiles
import Models
import Reporting
import Tensors
import Text
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How a run ended.
enum ExitStatus: Int32 {
  case done = 0
  /// Wrong usage, an invalid configuration, or a prompt longer than the model's context
  /// where all of it is needed.
  case usage = 2
  /// Data or tokenizer, also where the commands that make them cannot write.
  case data = 3
  /// Checkpoint, a prompt that its tokenizer cannot read, a file of the run folder, or standard
  /// input or output.
  case checkpoint = 4
  /// Non-finite numbers.
  case numbers = 5
  /// MPI. Where a signal ends a rank the launcher's code is 128 and the signal's number.
  case communication = 6
  /// Ended by Ctrl-C, as shells say it: 128 and the signal's number.
  case interrupted = 130
  /// Stopped after saving: start the same command again to go on (EX_TEMPFAIL of sysexits.h).
  case stoppedAfterSaving = 75

  init(_ error: any Error) {
    switch error {
    case let failure as AgreedFailure:
      // The code of the rank that speaks becomes the launcher's; the others end quietly.
      self = failure.cause.map { ExitStatus($0) } ?? .done
    case CorpusError.stride: self = .usage
    case is CorpusError, is TokenizerError, is EvaluationDataError, is PhraseError: self = .data
    case is CheckpointError, is ForeignModelError, is ModelFileError, is PromptError,
      is UnknownWordError,
      is ReportingError, is OutputError, is InputError:
      self = .checkpoint
    // The configuration is well-formed, but the checkpoint is another run's.
    case ConfigurationError.resumeDiffers: self = .checkpoint
    case is TrainingError, is GenerationError: self = .numbers
    case is MPIError: self = .communication
    default: self = .usage
    }
  }

  /// Ends the process after a command line that asks for help or makes no sense. Every rank finds
  /// the same; only the first says so, and the others must not end with a fault: the launcher would
  /// end the first one before it has spoken.
  static func end(afterParsing error: any Error) -> Never {
    guard LaunchEnvironment.current.rank == 0 else { exit(ExitStatus.done.rawValue) }
    let isFault = Trainer.exitCode(for: error) != .success
    let text = Trainer.fullMessage(for: error)
    if isFault { Console.standardError().print(text) } else { print(text) }
    exit((isFault ? ExitStatus.usage : .done).rawValue)
  }
}
