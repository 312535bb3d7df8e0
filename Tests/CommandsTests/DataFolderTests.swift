// What a prepared folder goes through: it stays whole until another is complete.
import Testing

@Suite struct DataFolderTests {
  @Test func whatIsThereStaysUntilItCanBeReplaced() throws {
    let workplace = try Workplace()
    let prepare = ["data", "prepare", "text.txt", "--out", "tokens", "--tokenizer"]
    #expect(try workplace.run(prepare + ["character"]).exitCode == 0)
    let before = workplace.bytes("tokens/train.tokens")
    #expect(try workplace.run(prepare + ["bpe", "--vocab-size", "10"]).exitCode == 3)
    #expect(!before.isEmpty && workplace.bytes("tokens/train.tokens") == before)
    #expect(workplace.names("tokens").count == 4)
    try workplace.makeFolder("mine")
    try workplace.write("{\"mine\": 1}", to: "mine/manifest.json")
    let foreign = try workplace.run([
      "data", "prepare", "text.txt", "--out", "mine", "--tokenizer", "character",
    ])
    #expect(foreign.exitCode == 3)
    #expect(workplace.bytes("mine/manifest.json") == Array("{\"mine\": 1}".utf8))
    #expect(workplace.names("mine") == ["manifest.json"])
  }

  @Test func aFullDiskLeavesThePreparedFolder() throws {
    let workplace = try Workplace()
    let prepare = ["data", "prepare", "text.txt", "--out", "tokens", "--tokenizer", "character"]
    #expect(try workplace.run(prepare).exitCode == 0)
    let names = workplace.names("tokens")
    let before = names.map { workplace.bytes("tokens/\($0)") }
    #expect(names == ["manifest.json", "tokenizer.json", "train.tokens", "validation.tokens"])
    // More than all else that is written, whether in blocks of 512 or 1,024 bytes.
    try workplace.write(String(repeating: Workplace.text, count: 10), to: "text.txt")
    let ending = try workplace.run(
      prepare, program: ["sh", "-c", "ulimit -f 16; exec \"$0\" \"$@\"", Workplace.trainer])
    #expect(ending.exitCode == 3)
    #expect(
      ending.faults == ["tokens/train.tokens.partial: cannot be written: File too large"])
    #expect(workplace.names("tokens") == names)
    #expect(names.map { workplace.bytes("tokens/\($0)") } == before)
  }

  /// Two at once: one writes, the other waits and finds the folder up to date, unless it came after.
  @Test func twoPreparationsOfOneFolderBothSucceed() throws {
    let workplace = try Workplace()
    try workplace.write(String(repeating: Workplace.text, count: 500), to: "text.txt")
    let processes = try (0..<3).map { _ in
      try workplace.start([
        "data", "prepare", "text.txt", "--out", "tokens", "--tokenizer", "bpe", "--vocab-size",
        "300",
      ])
    }
    let endings = processes.map { $0.wait(limit: Workplace.limit) }
    #expect(endings.map(\.exitCode) == [0, 0, 0], "\(endings.map(\.errors))")
    #expect(endings.count { $0.output.contains("was there already") } == 2)
    #expect(
      workplace.names("tokens") == [
        "manifest.json", "tokenizer.json", "train.tokens", "validation.tokens",
      ])
  }
}
