// Plans, sums and decisions, and their way between ranks.
import Testing
import Training

struct CoordinatorTests {
  private func coordinator(
    evaluateEvery: Int = 0, saveEvery: Int = 0, clip: Double = 0
  ) -> Coordinator {
    var values = RunConfiguration()
    values.training.evaluateEvery = evaluateEvery
    values.checkpoint.saveEvery = saveEvery
    values.optimizer.gradientClip = clip
    return values.coordinator(finalStep: 10)
  }

  @Test(arguments: [false, true], [false, true])
  func plansAndDecisionsSurviveSending(_ first: Bool, _ second: Bool) {
    let plan = StepPlan(
      step: 0x0123_4567_89ab, learningRate: -1.5e-300, evaluates: first, saves: second,
      isOutOfTime: first != second)
    #expect(StepPlan(bytes: plan.bytes) == plan)
    let decision = StepDecision(
      gradientScale: 1 / 3, request: StopRequest(stops: second, saves: first))
    #expect(StepDecision(bytes: decision.bytes) == decision)
  }

  @Test func sumsSurviveSending() {
    var sums = StepSums(rankCount: 3)
    sums.lossTotal = 1
    sums.tokenCount = 2
    sums.gradientSquares = 3
    sums.stopRequests = 4
    sums.saveRequests = 5
    sums.nonFinite = [6, 7, 8]
    #expect(sums.values == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(StepSums(values: sums.values) == sums)
  }

  @Test func evaluationAndSavingAreDueAtTheirStepsAndAtTheEnd() {
    let coordinator = coordinator(evaluateEvery: 3, saveEvery: 4)
    let plans = (1...10).map { coordinator.plan(step: $0) }
    #expect(plans.filter(\.evaluates).map(\.step) == [3, 6, 9, 10])
    #expect(plans.filter(\.saves).map(\.step) == [4, 8, 10])
    let atTheEnd = (1...10).map { self.coordinator().plan(step: $0) }
    #expect(atTheEnd.filter(\.evaluates).map(\.step) == [10])
    #expect(plans.map(\.learningRate) == (1...10).map(coordinator.schedule.rate(atStep:)))
  }

  private func sums(
    loss: Double = 20, squares: Double = 6_400, nonFinite: [Double] = [0, 0, 0]
  ) -> StepSums {
    var sums = StepSums(rankCount: 3)
    (sums.lossTotal, sums.tokenCount) = (loss, 10)
    (sums.gradientSquares, sums.nonFinite) = (squares, nonFinite)
    return sums
  }

  @Test func theDecisionDividesOnceAndClips() throws {
    #expect(sums().loss == 2 && sums().gradientNorm == 8)
    let plan = coordinator().plan(step: 1)
    let free = try coordinator().decide(plan, sums())
    #expect(free == StepDecision(gradientScale: 0.1, request: .none))
    let clipped = try coordinator(clip: 2).decide(plan, sums())
    #expect(abs(clipped.gradientScale - 0.025) < 1e-8)
  }

  @Test(arguments: [(0.0, 0.0), (1, 0), (0, 2)])
  func oneRanksRequestIsEverybodys(_ stops: Double, _ saves: Double) throws {
    var sums = sums()
    (sums.stopRequests, sums.saveRequests) = (stops, saves)
    let decision = try coordinator().decide(coordinator().plan(step: 1), sums)
    #expect(decision.request == StopRequest(stops: stops > 0, saves: saves > 0))
  }

  @Test(
    arguments: [
      (Double.nan, 1.0, [0.0, 0, 1], [2], "on rank 2"),
      (.infinity, 1, [1, 0, 1], [0, 2], "on ranks 0, 2"), (1, .nan, [0, 1, 0], [1], "on rank 1"),
      (1, .infinity, [0, 0, 0], [], "in the sum over all ranks"),
    ] as [(Double, Double, [Double], [Int], String)])
  func badNumbersEndTheRunWithStepAndRank(
    _ loss: Double, _ squares: Double, _ nonFinite: [Double], _ ranks: [Int], _ place: String
  ) {
    let plan = coordinator().plan(step: 7)
    #expect {
      try coordinator().decide(plan, sums(loss: loss, squares: squares, nonFinite: nonFinite))
    } throws: { error in
      guard case .nonFinite(step: 7, let named, _, _)? = error as? TrainingError else {
        return false
      }
      return named == ranks && "\(error)".hasPrefix("step 7: loss ")
        && "\(error)".contains("not finite \(place); nothing was updated")
    }
  }

  /// As they come out of arithmetic, with a sign and bits of their own.
  @Test func whatIsNoNumberIsCalledSo() {
    let none = Double(Float(bitPattern: 0xffc0_1fff))
    let evaluation = TrainingError.nonFiniteEvaluation(path: "x.h5", loss: none)
    #expect("\(evaluation)" == "x.h5: its loss is nan: not finite; take another checkpoint")
    let validation = TrainingError.nonFiniteValidation(step: 7, loss: none)
    #expect("\(validation)".hasPrefix("step 7: validation loss nan: not finite; "))
    let step = TrainingError.nonFinite(step: 7, ranks: [], loss: none, gradientNorm: -.infinity)
    #expect("\(step)".hasPrefix("step 7: loss nan, gradient norm -inf: not finite "))
  }
}
