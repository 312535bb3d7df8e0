// Work that one rank does for all, and failures that all ranks learn of.

/// Every rank throws this when the coordinator's part of a common task failed, so that all of them
/// end in good order and only the coordinator speaks.
package struct AgreedFailure: Error {
  /// What went wrong; on the coordinator only.
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

  private static var succeeded: UInt8 { 1 }
  private static var failed: UInt8 { 0 }
}
