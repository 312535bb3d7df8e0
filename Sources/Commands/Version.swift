// The version of the trainer.

enum Version {
  static let text = "0.1.0"
}
