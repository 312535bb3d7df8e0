import ArgumentParser

@main
struct Trainer: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "trainer")
}
