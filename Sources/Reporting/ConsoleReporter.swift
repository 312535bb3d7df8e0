// The training run as it is told on the console.

/// Step lines that scroll, or a progress bar on a terminal; evaluations stay above it.
package final class ConsoleReporter {
  private let console: Console
  private let bar: ProgressBar
  private var details: [String] = []

  /// - Parameter startStep: updates made before this process started.
  package init(
    console: Console, startStep: Int, totalSteps: Int,
    clock: @escaping () -> Double = MonotonicClock.seconds
  ) {
    self.console = console
    bar = ProgressBar(
      title: "train", total: totalSteps, startCount: startStep, console: console, clock: clock)
  }

  /// Call after every step: moves the bar on.
  package func advance(to step: Int) { bar.update(done: step, details: details) }

  package func report(_ steps: StepReport) {
    if console.abilities.overwrites {
      details = steps.details
      bar.update(done: steps.step, details: details)
    } else {
      console.print(steps.line)
    }
  }

  package func report(_ evaluation: EvaluationReport) { console.print(evaluation.line) }

  /// Leaves the cursor on a fresh line. Also done when the reporter goes out of use.
  package func close() { bar.finish() }
}
