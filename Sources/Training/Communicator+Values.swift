// Values and tokens from the coordinator to all ranks.
import Communication
import FoundationEssentials
import Tensors
import Text

extension Communicator {
  /// A value that the coordinator makes, on every rank.
  package func coordinate<Value: Codable>(_ type: Value.Type, _ work: () throws -> Value) throws
    -> Value
  {
    let bytes = try coordinate { [UInt8](try JSONEncoder().encode(work())) }
    return try JSONDecoder().decode(type, from: Data(bytes))
  }

  /// A value that the coordinator makes and keeps; nil on every other rank.
  package func keepOnCoordinator<Value>(_ work: () throws -> Value) throws -> Value? {
    var value: Value?
    _ = try coordinate {
      value = try work()
      return []
    }
    return value
  }

  /// Whether the CPU of every rank multiplies in bf16 faster than in fp32. Collective.
  package func halfIsFast() throws -> Bool {
    try maximum([HalfMultiply.best.isFast ? 0 : 1]) == [0]
  }

  /// Tokens that the coordinator has, on every rank.
  package func share(_ tokens: TokenSequence?) throws -> TokenSequence {
    try TokenSequence(bytes: coordinate { tokens?.bytes ?? [] })
  }
}
