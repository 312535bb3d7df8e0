// What a file may say of a model's size at most.

/// More of anything is no model that could be run, and within these no count overflows.
enum ModelLimits {
  static let layers = 1...1 << 12
  static let width = 1...1 << 20
  static let context = 1...1 << 20
  static let vocabulary = 1...1 << 24
}
