// Every rank has all gradients summed and updates parameters of its own.
import Communication
import Tensors

/// The plain way, which any launcher and any spread of ranks over nodes allow.
package final class AllreduceExchange: GradientExchange {
  package let summedGradients: FloatBuffer
  private let communicator: any Communicator
  private let team: ThreadTeam

  /// - Parameter gradients: this rank's own; the sum takes their place.
  package init(_ gradients: FloatBuffer, _ communicator: any Communicator, team: ThreadTeam) {
    summedGradients = gradients
    self.communicator = communicator
    self.team = team
  }

  package var ownPart: Range<Int> { 0..<summedGradients.count }

  package func reduce(into sums: inout StepSums) throws {
    let gradients = summedGradients.vector
    if communicator.size > 1 {
      // After the sum nobody could tell which rank a bad number came from.
      if !VectorMath.sumOfSquares(gradients, team: team).isFinite {
        sums.nonFinite[communicator.rank] += 1
      }
      try measureWaiting()
      try team.clock.measure(.reduction, bytes: 8 * gradients.count) {
        try communicator.sum(gradients)
      }
    }
    // Each rank takes the norm of its share, since all of them have the same sum.
    let share = communicator.ownShare(of: gradients.count)
    sums.gradientSquares = team.clock.measure(.optimizer, bytes: 4 * share.count) {
      VectorMath.sumOfSquares(gradients[share], team: team)
    }
    if communicator.size == 1, !sums.gradientSquares.isFinite { sums.nonFinite[0] += 1 }
  }

  /// Tells waiting for slower ranks from summing, where anybody asked.
  private func measureWaiting() throws {
    if team.clock.isRunning { try team.clock.measure(.waiting) { try communicator.barrier() } }
  }

  package func publish() {}

  package var keepsCopies: Bool { communicator.size > 1 }

  package func distribute(_ buffers: [FloatBuffer]) throws {
    for buffer in buffers { try communicator.broadcast(buffer.vector, from: 0) }
  }
}
