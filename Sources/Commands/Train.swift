// `trainer train`, the command that runs when none is named.
import ArgumentParser
import Communication
import FoundationEssentials
import Logging
import Reporting
import Tensors
import Training

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a model (the default command).",
    discussion: """
      Writes config.json, metrics.jsonl and checkpoints into the run folder.

      Ctrl-C, SIGTERM, SIGUSR1 and SIGHUP (a closed terminal; nohup trainer and setsid mpirun \
      outlast it) save after the step and end with exit code 75: the same command with --resume \
      auto goes on. A second Ctrl-C ends at once without saving, as does the first before the run \
      has begun. SIGUSR2 saves and goes on. Under mpirun send SIGUSR1 to mpirun, which passes it \
      on; after Ctrl-C and SIGTERM it leaves its ranks only seconds.
      """)

  @OptionGroup var options: ConfigurationOptions
  @Option(help: ArgumentHelp("Run folder.", valueName: "folder"))
  var out: String?
  @Option(
    help: ArgumentHelp(
      "Go on with an earlier run: auto for the run folder's latest, a checkpoint, or a folder.",
      valueName: "auto or path"))
  var resume: String?
  @Option(
    help: ArgumentHelp(
      "Start with the model and tokenizer of a checkpoint, or of a run folder.",
      valueName: "path"))
  var initFrom: String?
  @Flag(help: "Show warnings and errors only.")
  var quiet = false
  @Flag(help: "At the end show where the time of a step went.")
  var profile = false

  func run() throws {
    if resume != nil && out == nil && !namesRun {
      throw ValidationError("say where the run goes on: name its folder (--out)")
    }
    guard namesRun || resume != nil else {
      throw ValidationError(
        "nothing to train: name a configuration (--config micro.json), a shape "
          + "(--preset nano) or a text (--data notes.txt)")
    }
    guard out != "" else { throw ValidationError("--out: name a folder") }
    Session.run(quiet: quiet) { session in
      let start = MonotonicClock.seconds()
      StopRequest.catchSignals()
      let builder = RunBuilder(
        communicator: session.communicator, team: session.team,
        console: quiet ? nil : session.console,
        notify: { notice in
          switch notice {
          case .information(let text): session.logger.info("\(text)")
          case .warning(let text): session.logger.warning("\(text)")
          }
        })
      let built = try builder.build(
        { try request(session) }, pendingRequest: StopRequest.pending,
        begins: { StopRequest.catchInterrupt(answers: answersInterrupt(session)) })
      guard let built else {
        session.announce(
          "stopped before the first step; nothing was changed; start the same command again")
        return .stoppedAfterSaving
      }
      session.team.clock.isEnabled = profile
      let ending = try built.run.run(since: start)
      try built.recorder?.close()
      // A run that was told to stop has no time to spare.
      if profile && !built.isDone && ending != .stopped { tellPhases(session, built.precision) }
      switch ending {
      case .stopped:
        session.announce(
          "stopped after saving step \(built.run.progress.step); go on with --resume auto")
        return .stoppedAfterSaving
      case .finished(let limit):
        session.announce(
          built.isDone
            ? "all \(built.end.step) steps are done (\(limit.rawValue)); raise it to train on"
            : "finished (\(limit.rawValue)) at step \(built.run.progress.step); write text with: "
              + "trainer generate --checkpoint \(quoted(folder))")
        return .done
      }
    }
  }

  /// One rank only, and nobody but a person who watches.
  private func answersInterrupt(_ session: Session) -> Bool {
    session.communicator.isCoordinator && session.console.abilities.overwrites
  }

  /// The coordinator's phases; every rank measures its share of the machine at the same time.
  private func tellPhases(_ session: Session, _ precision: ProductPrecision) {
    let ceilings = MachineCeilings(precision, team: session.team)
    if !session.communicator.isCoordinator { return }
    session.console.print(PhaseReport(session.team.clock, ceilings).text)
  }

  private var folder: String { out ?? options.runFolder }

  /// Whether a run is named that could start anew.
  private var namesRun: Bool {
    options.config != nil || options.preset != nil || options.data != nil || initFrom != nil
  }

  /// As a shell takes it.
  private func quoted(_ path: String) -> String {
    let isPlain = path.utf8.allSatisfy { byte in
      byte >= 0x80 || "/._-+,:@%=".utf8.contains(byte)
        || Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
    }
    return isPlain ? path : "'" + path.replacing("'", with: "'\\''") + "'"
  }

  private func request(_ session: Session) throws -> RunRequest {
    let environment = ProcessInfo.processInfo.environment
    let choice: ResumeChoice =
      switch resume {
      case nil: .none
      case "auto": .auto
      case let path?: .checkpoint(path: path)
      }
    return RunRequest(
      configuration: try options.resolve(
        environment: environment, isWhole: resume == nil && initFrom == nil),
      folder: folder, resume: choice,
      initialCheckpoint: try initFrom.map { try CheckpointOptions.file($0) },
      mayStart: namesRun, environment: environment, version: Version.text)
  }
}
