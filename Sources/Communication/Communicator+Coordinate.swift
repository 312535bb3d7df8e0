// Work that one rank does for all, and failures that all ranks learn of.

/// Every rank throws this when a common task failed, so that all of them end in good order and only
/// one speaks.
package struct AgreedFailure: Error {
  /// What went wrong; on one rank only: the coordinator, where the failure is of its part.
  package let cause: (any Error)?

  package init(cause: (any Error)?) { self.cause = cause }
}

extension Communicator {
  /// Runs `work` on rank 0 and gives its bytes to every rank.
  /// - Throws: `AgreedFailure` on every rank when `work` throws; otherwise what communication throws.
  package func coordinate(_ work: () throws -> [UInt8]) throws -> [UInt8] {
    var message: [UInt8] = []
    var cause: (any Error)?
    if isCoordinator {
      do {
        message = try work()
        message.append(Self.succeeded)
      } catch {
        cause = error
        message = [Self.failed]
      }
    }
    var answer = try broadcast(message, from: 0)
    if answer.popLast() != Self.succeeded { throw AgreedFailure(cause: cause) }
    return answer
  }

  /// Runs `work` on every rank; it succeeds or fails alike on all of them.
  /// - Throws: `AgreedFailure` on every rank when `work` throws on the coordinator.
  package func agree<Result>(_ work: () throws -> Result) throws -> Result {
    var result: Result?
    _ = try coordinate {
      result = try work()
      return []
    }
    return try result ?? work()
  }

  /// Tells all ranks whether any of them failed in a common task. Only the failure at the lowest
  /// place is told, of equal places that of the lowest rank.
  /// - Parameter failure: this rank's; nil if it has none.
  /// - Throws: `AgreedFailure` on every rank if there is any; in a group of one the failure itself.
  package func agree(on failure: (any Error)?, at place: Int) throws {
    if size == 1 {
      if let failure { throw failure }
      return
    }
    let own = failure == nil ? -Double.infinity : -Double(place * size + rank)
    let first = try maximum([own])[0]
    if first == -.infinity { return }
    throw AgreedFailure(cause: first == own ? failure : nil)
  }

  private static var succeeded: UInt8 { 1 }
  private static var failed: UInt8 { 0 }
}
