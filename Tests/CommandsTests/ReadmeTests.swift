// What the README shows can be typed: every command, and every option of it, exists.
import Commands
import FoundationEssentials
import Testing

@Suite struct ReadmeTests {
  /// The README beside the sources that this was built from.
  private static func text() throws -> String {
    let parts = #filePath.split(separator: "/").dropLast(3)
    let path = "/" + parts.joined(separator: "/") + "/README.md"
    return String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
  }

  /// The lines of the README's code blocks, continued ones joined.
  private static func lines(_ text: String) -> [String] {
    let parts = text.split(separator: "```", omittingEmptySubsequences: false)
    return parts.indices.filter { !$0.isMultiple(of: 2) }.flatMap {
      parts[$0].replacing("\\\n", with: " ").split(separator: "\n").map(String.init)
    }
  }

  /// What the trainer is told in a line of a shell, once for each time that it is started.
  static func commands(in line: String) -> [[String]] {
    var commands: [[String]] = [[]]
    for word in words(of: line) {
      if ["|", "&&", ";", ">"].contains(word) {
        commands.append([])
      } else {
        commands[commands.count - 1].append(word)
      }
    }
    return commands.compactMap { words in
      guard let start = words.firstIndex(of: "trainer"),
        start == 0 || ["$", "mpirun"].contains(words[0])
      else { return nil }
      // What is left out is not part of it.
      return words[(start + 1)...].filter { $0 != "…" }
    }
  }

  /// Words as a shell splits them, up to a comment.
  private static func words(of line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in line {
      if character == quote {
        quote = nil
      } else if quote == nil, character == "\"" || character == "'" {
        quote = character
        word = word ?? ""
      } else if quote == nil, character == " " {
        if let whole = word { words.append(whole) }
        word = nil
      } else if quote == nil, character == "#", word == nil {
        break
      } else {
        word = (word ?? "") + String(character)
      }
    }
    return words + (word.map { [$0] } ?? [])
  }

  @Test func linesAreReadAsAShellReadsThem() {
    #expect(
      Self.commands(in: "$ trainer data prepare 'my text' --out x && trainer --data x  # why")
        == [["data", "prepare", "my text", "--out", "x"], ["--data", "x"]])
    #expect(
      Self.commands(in: "echo \"a b\" | trainer generate --prompt \"\" …") == [
        ["generate", "--prompt", ""]
      ])
    #expect(
      Self.commands(in: "mpirun -np 4 trainer --config micro.json") == [
        ["--config", "micro.json"]
      ])
    #expect(Self.commands(in: "the trainer of trainer") == [])
  }

  @Test func everyCommandCanBeTyped() throws {
    let commands = Self.lines(try Self.text()).flatMap(Self.commands)
    // The README has some thirty of them; none found would prove nothing.
    #expect(commands.count > 25)
    for command in commands {
      #expect(throws: Never.self, "trainer \(command.joined(separator: " "))") {
        _ = try Trainer.command(of: command)
      }
    }
    #expect(throws: (any Error).self) { _ = try Trainer.command(of: ["info", "--explian"]) }
  }
}
