// Training on a prepared folder is training on its text.
import FoundationEssentials
import ModelFiles
import Tensors
import Testing
import Text
import Training

struct PreparedRunTests {
  private let run: TinyRun
  private let prepared: PreparedFolder
  private var dataset: String { "data.dataset=\(prepared.path("prepared"))" }

  init() throws {
    run = try TinyRun()
    prepared = PreparedFolder(folder: run.folder)
    try prepared.prepare(prepared.order([TinyRun.textFile]), ranks: 2)
  }

  @Test(arguments: [1, 3])
  func aRunOnPreparedTextIsTheRunOnItsText(_ ranks: Int) throws {
    try run.train(ranks: ranks, folder: "raw")
    let outcomes = try run.train(ranks: ranks, [dataset], folder: "mapped")
    #expect(outcomes.allSatisfy { $0.ending == .finished(.steps) }, "\(outcomes[0].message)")
    let statesAgree = try run.state("raw/latest.h5") == run.state("mapped/latest.h5")
    #expect(statesAgree)
    for metric in ["train/loss", "val/loss", "val/bpb"] {
      let columns = try ["raw", "mapped"].map { try run.column(metric, folder: $0) }
      #expect(columns[0] == columns[1] && !columns[0].isEmpty, "\(metric)")
    }
  }

  @Test func aRunOnPreparedTextGoesOn() throws {
    try run.train([dataset], folder: "whole")
    try run.train([dataset], folder: "parts", asks: .init(rank: 0, atStep: 10))
    let outcome = try run.train([dataset], folder: "parts", resume: .auto)[0]
    #expect(outcome.ending == .finished(.steps) && outcome.step == 20, "\(outcome.message)")
    let statesAgree = try run.state("whole/latest.h5") == run.state("parts/latest.h5")
    #expect(statesAgree)
  }

  @Test func otherTokensInTheFolderAreRefused() throws {
    try run.train([dataset, "training.max_steps=2"])
    try run.folder.write(TinyRun.text(seed: 1).reversed(), to: TinyRun.textFile)
    try prepared.prepare(prepared.order([TinyRun.textFile]))
    let outcome = try run.train([dataset, "training.max_steps=4"], resume: .auto)[0]
    #expect(outcome.message.contains("the text or its split (SHA-256)"))
  }

  @Test func anotherKindOfTokenizerIsRefused() throws {
    let outcome = try run.train([dataset, "tokenizer.kind=bpe"])[0]
    #expect(
      outcome.message
        == "\(prepared.path("prepared")): prepared with a tokenizer of kind character,"
        + " but tokenizer.kind is bpe; leave it out, or prepare the text with that one")
  }

  @Test func damagedFoldersAreRefused() throws {
    func message() throws -> String {
      try run.train(ranks: 2, [dataset])[0].message
        .replacing(prepared.path("prepared") + "/", with: "")
    }
    let tokens = try run.folder.contents(of: "prepared/validation.tokens")
    try run.folder.write(tokens.dropLast(2), to: "prepared/validation.tokens")
    #expect(
      try message() == "validation.tokens: it has \(tokens.count - 2) of \(tokens.count) bytes; "
        + "it is truncated; prepare the text again")
    // Another tokenizer's tokens.
    try run.folder.write(Array("something else, abc".utf8), to: "other.txt")
    try prepared.prepare(prepared.order(["other.txt"]), into: "other")
    try run.folder.write(
      run.folder.contents(of: "other/validation.tokens"), to: "prepared/validation.tokens")
    #expect(try message().hasPrefix("validation.tokens: these are tokens of another tokenizer"))
    try FileManager.default.removeItem(atPath: prepared.path("prepared/validation.tokens"))
    #expect(try message() == "validation.tokens: no such file; check the path")
  }

  /// Damage that a run meets on its way ends it with a line.
  @Test func aTokenBeyondTheVocabularyEndsARun() throws {
    var tokens = try run.folder.contents(of: "prepared/train.tokens")
    for index in 128..<tokens.count - 8 { tokens[index] = 0x7f }
    try run.folder.write(tokens, to: "prepared/train.tokens")
    let outcome = try run.train([dataset])[0]
    #expect(outcome.message.contains("is 32639, but the vocabulary has"), "\(outcome.message)")
  }

  @Test func tokensOfAModelCanBeMeasured() throws {
    let text = TrainedText(
      try prepared.text().tokenizer, spread: ThreadTeam(threadCount: 1).spread)
    let validation = try prepared.text().file(of: .validation)
    for path in ["prepared", "prepared/validation.tokens"] {
      #expect(try text.tokens(at: prepared.path(path)) == TokenSequence(validation))
    }
    var data = RunConfiguration().data
    data.dataset = prepared.path("prepared")
    let found = try text.text(data, environment: [:])
    #expect(try found.corpus.fingerprint == prepared.text().fingerprint)
    #expect(found.validation == TokenSequence(validation))
    #expect(try found.training == TokenSequence(prepared.text().file(of: .training)))
    let other = TrainedText(
      try CharacterTokenizer(text: [0x61]), spread: ThreadTeam(threadCount: 1).spread)
    #expect(throws: CorpusError.self) { try other.tokens(at: prepared.path("prepared")) }
  }
}
