// A chat's history and commands, and a model that talks.
import Commands
import TestSupport
import Testing

@Suite struct ChatTests {
  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
  /// As if each byte were a token.
  private static func encode(_ text: [UInt8]) -> [Int32] { text.map { Int32($0) } }

  private static func history(system: String? = nil) -> ChatHistory {
    var history = ChatHistory(system: system.map(bytes))
    for number in 1...3 {
      history.add(.user, bytes("Question \(number)?"))
      if number < 3 { history.add(.assistant, bytes("Answer \(number).")) }
    }
    return history
  }

  @Test func aHistoryIsWrittenAsInTraining() {
    #expect(
      String(decoding: Self.history(system: "Be brief.").text, as: UTF8.self) == """
        System: Be brief.
        User: Question 1?
        Assistant: Answer 1.
        User: Question 2?
        Assistant: Answer 2.
        User: Question 3?
        Assistant:
        """)
  }

  @Test func theOldestExchangesGoWhole() {
    let full = Self.history(system: "Be brief.")
    for limit in stride(from: full.text.count, to: 40, by: -1) {
      var history = full
      let tokens = history.tokens(limit: limit, encode: Self.encode)
      let text = String(decoding: tokens.map { UInt8($0) }, as: UTF8.self)
      // As many exchanges as fit, and the system's words always.
      let lengths = full.messages.map { $0.content.count }
      #expect(tokens.count <= limit || history.messages.count == 1)
      #expect(text.hasPrefix("System: Be brief.\nUser: Question "))
      #expect(text.hasSuffix("User: Question 3?\nAssistant:"))
      #expect([1, 3, 5].contains(history.messages.count), "\(lengths)")
      if history.messages.count < 5 {
        var longer = full
        while longer.messages.count > history.messages.count + 2 {
          _ = longer.tokens(limit: longer.text.count - 1, encode: Self.encode)
        }
        #expect(longer.text.count > limit)
      }
    }
  }

  @Test func withoutNamesAnswersGoOnFromMessages() {
    var history = ChatHistory(namesRoles: false)
    history.add(.user, Self.bytes("Once"))
    history.add(.assistant, Self.bytes("upon a time."))
    history.add(.user, Self.bytes("Then"))
    #expect(String(decoding: history.text, as: UTF8.self) == "Once upon a time.\nThen")
  }

  @Test func commandsAreRead() {
    #expect(ChatCommand("exit") == .exit)
    #expect(ChatCommand("/reset") == .reset)
    #expect(ChatCommand("/help") == .help)
    #expect(ChatCommand("/temperature 0.5") == .temperature(0.5))
    #expect(ChatCommand("/top-k 5") == .topK(5))
    #expect(ChatCommand("/top-k off") == .topK(nil))
    #expect(ChatCommand("exit now") == nil)
    #expect(ChatCommand("Hello / there") == nil)
    for line in ["/temperature", "/temperature -1", "/temperature nan", "/top-k 0", "/foo"] {
      guard case .wrong = ChatCommand(line) else {
        Issue.record("\(line) is taken")
        continue
      }
    }
  }

  /// A model that has learned one conversation by heart.
  @Test func aModelAnswers() throws {
    let workplace = try Workplace()
    try workplace.write(
      String(
        repeating: #"""
          {"messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Me."}]}

          """#, count: 40), to: "chat.jsonl")
    let trained = try workplace.train([
      "--data", "chat.jsonl", "--max-steps", "200", "--set", "schedule.learning_rate=0.01",
      "--set", "model.n_positions=64", "--quiet",
    ])
    #expect(trained.exitCode == 0, "\(trained.errors)")
    let one = try workplace.run([
      "chat", "--checkpoint", "run", "--prompt", "Who?", "--temperature", "0",
    ])
    #expect(one.output == "Me.\n")
    #expect(one.exitCode == 0 && one.errors == "")
    // More turns than the context holds, a message that the tokenizer cannot write, one that is too
    // long, and nothing after exit.
    let script = #"printf 'Who?\nWho?\n\n/foo\nWhé?\nWho?Who?Who?Who?Who?\nWho?\nexit\nWho?\n' | "#
    let several = try workplace.run(
      ["chat", "--checkpoint", "run", "--temperature", "0"],
      program: ["sh", "-c", script + #""$0" "$@""#, Workplace.trainer])
    #expect(several.output == "Me.\nMe.\nMe.\n")
    #expect(several.exitCode == 0)
    #expect(several.faults.count == 3, "\(several.errors)")
    #expect(several.faults.first == "no command /foo; /help lists them")
    #expect(several.faults.last?.hasPrefix("this message takes ") == true)
  }
}
