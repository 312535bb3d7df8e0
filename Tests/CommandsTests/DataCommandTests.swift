// `trainer data`: preparing, importing and reporting, and what they refuse.
import Testing

@Suite struct DataCommandTests {
  private static func words(_ values: [UInt16]) -> [UInt8] {
    values.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
  }

  @Test func aPreparedTextTrainsLikeTheText() throws {
    let workplace = try Workplace()
    let prepared = try workplace.run(
      ["data", "prepare", "text.txt", "--out", "tokens", "--tokenizer", "character"])
    #expect(prepared.exitCode == 0)
    #expect(workplace.names("tokens").contains("train.tokens"))
    let again = try workplace.run(
      ["data", "prepare", "text.txt", "--out", "tokens", "--tokenizer", "character"])
    #expect(again.output.contains("was there already"))
    #expect(try workplace.train(["--data", "tokens", "--out", "mapped"]).exitCode == 0)
    #expect(try workplace.train(["--out", "plain"]).exitCode == 0)
    let results = try ["mapped", "plain"].map { run in
      try workplace.run(["evaluate", "--checkpoint", run, "--data", "text.txt", "--json"]).output
        .replacing("\(run)/", with: "")
    }
    #expect(results[0] == results[1])
  }

  /// A prepared folder's tokenizer and one that the checkpoint brings: of one kind, but larger.
  @Test func aLargerTokenizerIsRefusedOnResume() throws {
    let workplace = try Workplace()
    func prepare(_ size: String) throws -> Int32 {
      try workplace.run(
        ["data", "prepare", "text.txt", "--out", "tokens", "--tokenizer", "bpe"]
          + ["--vocab-size", size, "--force"]
      ).exitCode
    }
    #expect(try prepare("260") == 0)
    #expect(try workplace.train(["--data", "tokens", "--tokenizer", "gpt2"]).exitCode == 0)
    // Without --tokenizer it stays what it was.
    let same = ["--data", "tokens", "--out", "run", "--resume", "auto"]
    let going = try workplace.run(same)
    #expect(going.exitCode == 0, "\(going.errors)")
    #expect(try prepare("290") == 0)
    let refused = try workplace.run(same)
    #expect(refused.exitCode == 4)
    #expect(refused.faults.contains { $0.contains("the tokenizer (SHA-256)") })
  }

  @Test func aModelIsTrainedOnOnAnotherText() throws {
    let workplace = try Workplace()
    #expect(try workplace.train().exitCode == 0)
    try workplace.write(String(repeating: "the cat sat\n", count: 40), to: "mine.txt")
    let tuned = try workplace.run(
      ["--init-from", "run", "--data", "mine.txt", "--max-steps", "2", "--out", "tuned"])
    #expect(tuned.exitCode == 0)
    let resumed = try workplace.run(
      [
        "--init-from", "run", "--data", "mine.txt", "--max-steps", "3", "--out", "tuned",
        "--resume", "auto",
      ])
    #expect(resumed.exitCode == 0 && !resumed.errors.contains("is not read"))
    // A run that began otherwise does not take another's model later.
    let late = try workplace.run(
      ["--config", "tiny.json", "--init-from", "tuned", "--out", "run", "--resume", "auto"])
    #expect(late.exitCode == 4)
    #expect(late.faults.first?.contains("--init-from: none in the checkpoint but tuned/") == true)
    try workplace.write(workplace.bytes("run/best.h5"), to: "copy.h5")
    let other = try workplace.run(
      [
        "--init-from", "copy.h5", "--data", "mine.txt", "--max-steps", "3", "--out", "tuned",
        "--resume", "auto",
      ])
    #expect(other.exitCode == 0)
    #expect(other.errors.contains("--init-from copy.h5 is not read: this run began with run/"))
    // A preset's shape gives way to the model's, at the start and later.
    for (steps, resume) in [("1", []), ("2", ["--resume", "auto"])] {
      let preset = try workplace.run(
        ["--preset", "nano", "--init-from", "run", "--data", "mine.txt", "--out", "shaped"]
          + ["--max-steps", steps] + resume)
      #expect(preset.exitCode == 0, "\(preset.errors)")
    }
    let before = workplace.names("tuned")
    let tooSteep = try workplace.run(
      [
        "--preset", "nano", "--init-from", "run", "--data", "mine.txt", "--out", "tuned", "--set",
        "schedule.min_learning_rate=5e-4",
      ])
    #expect(tooSteep.exitCode == 2)
    #expect(
      tooSteep.faults == [
        "--set: schedule.min_learning_rate: 0.0005 is above learning_rate 0.0003; lower it, or "
          + "raise learning_rate"
      ])
    #expect(workplace.names("tuned") == before && !workplace.names().contains("tuned-1"))
    try workplace.write(String(repeating: "Ωmega Ω\n", count: 40), to: "greek.txt")
    let refused = try workplace.run(
      ["--init-from", "run", "--data", "greek.txt", "--out", "other"])
    #expect(refused.exitCode == 3)
    #expect(
      refused.faults.first?.contains("the model's tokenizer lacks") ?? false, "\(refused.faults)")
    #expect(refused.faults.first?.contains("'Ω' (U+03A9) × 80") ?? false, "\(refused.faults)")
  }

  @Test(arguments: [
    WrongInput(
      ["prepare", "latin1.txt", "--tokenizer", "word"], 3,
      "latin1.txt: not valid UTF-8 at byte 3; convert it, for example with iconv, or use trainer "
        + "data prepare --replace-invalid"),
    WrongInput(
      ["prepare", "bad.jsonl", "--tokenizer", "word"], 3,
      "bad.jsonl:2: column 10: a string expected"),
    WrongInput(
      ["prepare", "folder"], 3,
      "folder: there is no text file in this folder; names end in .txt, .text, .md, .jsonl, "
        + ".ndjson, or in one of these and .gz"),
    WrongInput(["prepare", "no*.txt"], 3, "no*.txt: no such file; check the path"),
    WrongInput(
      ["prepare", "text.txt", "--tokenizer", "bpe", "--vocab-size", "100"], 3,
      "a vocabulary of 100 tokens does not hold the 256 bytes and the special tokens; take at "
        + "least 257"),
    WrongInput(
      ["import", "big.bin", "--validation", "big.bin", "--tokenizer-path", "bpe"], 3,
      "big.bin: token 2 is 60000, but the vocabulary has 257; these are tokens of another "
        + "tokenizer, or damaged"),
    WrongInput(
      ["import", "odd.bin", "--validation", "big.bin", "--tokenizer-path", "bpe"], 3,
      "odd.bin: it has 3 bytes where 2 should be; is it truncated, or no file of tokens?"),
    WrongInput(
      ["import", "text.txt", "--validation", "big.bin", "--tokenizer-path", "bpe"], 3,
      "text.txt: this is text, no tokens; use trainer data prepare"),
    WrongInput(
      ["import", "umlauts.txt", "--validation", "big.bin", "--tokenizer-path", "bpe"], 3,
      "umlauts.txt: this is text, no tokens; use trainer data prepare"),
    WrongInput(
      ["import", "none.bin", "--validation", "big.bin", "--tokenizer-path", "bpe"], 3,
      "none.bin: it is empty; is it truncated?"),
    WrongInput(
      ["import", "cut.bin", "--validation", "big.bin", "--tokenizer-path", "bpe"], 3,
      "cut.bin: a token file of llm.c whose head is cut off: it has 600 of 1024 bytes"),
  ])
  func wrongInputs(_ input: WrongInput) throws {
    let workplace = try Workplace()
    try workplace.write(Array("caf".utf8) + [0xe9, 0x0a], to: "latin1.txt")
    try workplace.write("{\"text\": \"a\"}\n{\"text\": 5}\n", to: "bad.jsonl")
    try workplace.makeFolder("folder")
    try workplace.write(Self.words([1, 2, 60_000]), to: "big.bin")
    try workplace.write([1, 2, 3], to: "odd.bin")
    // The first kilobyte ends within a character.
    try workplace.write("x" + String(repeating: "ä", count: 600) + "y", to: "umlauts.txt")
    try workplace.write([], to: "none.bin")
    try workplace.write(
      [0x88, 0xd8, 0x34, 0x01, 1] + [UInt8](repeating: 0, count: 595), to: "cut.bin")
    try workplace.write("abab\n", to: "few.txt")
    #expect(
      try workplace.run([
        "tokenizer", "train", "--kind", "bpe", "--vocab-size", "257", "--data", "few.txt", "--out",
        "bpe",
      ]).exitCode == 0)
    let ending = try workplace.run(["data"] + input.arguments + ["--out", "tokens"])
    #expect(ending.exitCode == input.exitCode)
    #expect(ending.faults == input.faults)
    #expect(!workplace.names().contains("tokens") || workplace.names("tokens") == [])
  }

  @Test func aTokenizersFolderIsNotTakenForTokens() throws {
    let workplace = try Workplace()
    try workplace.write("abab\n", to: "few.txt")
    _ = try workplace.run([
      "tokenizer", "train", "--kind", "bpe", "--vocab-size", "257", "--data", "few.txt", "--out",
      "bpe",
    ])
    let before = workplace.bytes("bpe/tokenizer.json")
    let ending = try workplace.run([
      "data", "prepare", "text.txt", "--tokenizer", "character", "--out", "bpe",
    ])
    #expect(ending.exitCode == 3)
    #expect(ending.faults.first?.contains("it holds a tokenizer") ?? false)
    #expect(!before.isEmpty && workplace.bytes("bpe/tokenizer.json") == before)
  }

  /// The last eight bytes say where the last document ends.
  @Test func aDamagedEndIsTold() throws {
    let workplace = try Workplace()
    #expect(
      try workplace.run([
        "data", "prepare", "text.txt", "--out", "tokens", "--tokenizer", "character",
      ]).exitCode == 0)
    var bytes = workplace.bytes("tokens/validation.tokens")
    bytes.replaceSubrange(
      bytes.count - 8..<bytes.count, with: [255, 255, 255, 255, 255, 255, 255, 15])
    try workplace.write(bytes, to: "tokens/validation.tokens")
    let report = try workplace.run(["data", "report", "--data", "tokens"])
    #expect(report.exitCode == 3)
    #expect(
      report.faults == [
        "tokens/validation.tokens: document 0 ends at 1152921504606846975"
      ])
  }

  @Test func otherPeoplesTokensAreTakenOver() throws {
    let workplace = try Workplace()
    try workplace.write("abab\n", to: "few.txt")
    _ = try workplace.run([
      "tokenizer", "train", "--kind", "bpe", "--vocab-size", "257", "--data", "few.txt", "--out",
      "bpe",
    ])
    try workplace.write(Self.words((0..<400).map { UInt16($0 % 250) }), to: "nano.bin")
    // llm.c: magic, version and count in 256 words of 32 bits.
    var head = [UInt8](repeating: 0, count: 1_024)
    head.replaceSubrange(0..<4, with: [0x88, 0xd8, 0x34, 0x01])
    head[4] = 1
    head[8] = 100
    try workplace.write(
      head + Self.words((0..<100).map { UInt16($0) }), to: "llm.bin")
    let taken = try workplace.run([
      "data", "import", "nano.bin", "llm.bin", "--validation", "nano.bin", "--tokenizer-path",
      "bpe", "--out", "tokens",
    ])
    #expect(taken.exitCode == 0, "\(taken.faults)")
    #expect(taken.output.contains("train_tokens       500"))
    struct Import: Decodable {
      struct File: Decodable { let path, format: String }
      let files: [File]
      let trainTokens, validationTokens: Int
    }
    let json = try ResultTests.json(
      workplace.run([
        "data", "import", "nano.bin", "llm.bin", "--validation", "nano.bin", "--tokenizer-path",
        "bpe", "--out", "tokens", "--json",
      ]), as: Import.self)
    #expect(json.files.map(\.path) == ["nano.bin", "llm.bin", "nano.bin"])
    #expect(json.files.map(\.format) == ["nanogpt", "llmc", "nanogpt"])
    #expect(json.trainTokens == 500 && json.validationTokens == 400)
    #expect(
      try workplace.train(["--data", "tokens", "--tokenizer", "bpe", "--max-steps", "1"]).exitCode
        == 0)
  }

  @Test func theReportHasTheYardstick() throws {
    let workplace = try Workplace()
    let report = try workplace.run([
      "data", "report", "--data", "text.txt", "--tokenizer", "character",
    ])
    #expect(report.exitCode == 0)
    #expect(report.output.contains("Witten-Bell"))
    #expect(report.output.split(separator: "\n").allSatisfy { $0.count <= 60 })
    let data = try workplace.run([
      "data", "report", "--data", "text.txt", "--tokenizer", "character", "--json",
    ])
    #expect(data.output.hasPrefix("{"))
  }
}
