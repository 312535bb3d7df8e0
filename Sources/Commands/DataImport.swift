// `trainer data import`: token files of nanoGPT and llm.c.
import ArgumentParser
import Communication
import FoundationEssentials
import Text
import Training

struct DataImport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Take over token files (.bin) of nanoGPT or llm.c.",
    discussion: "The form is found out from the file. Train with --data FOLDER.")

  @Argument(help: ArgumentHelp("Training tokens; several shards are joined.", valueName: "file"))
  var inputs: [String]
  @Option(help: ArgumentHelp("Validation tokens.", valueName: "file"))
  var validation: [String]
  @Option(help: ArgumentHelp("Folder to write.", valueName: "folder"))
  var out: String
  @Option(help: "The tokenizer that made them: gpt2, or of another kind with its path.")
  var tokenizer = TokenizerChoice.gpt2.rawValue
  @Option(help: ArgumentHelp("File or folder of that tokenizer.", valueName: "path"))
  var tokenizerPath: String?
  @Flag(help: "Print one JSON object.")
  var json = false

  func validate() throws {
    guard !inputs.isEmpty && !validation.isEmpty else {
      throw ValidationError("name training tokens, and validation tokens with --validation")
    }
    guard let choice = TokenizerChoice(rawValue: tokenizer) else {
      let names = TokenizerChoice.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--tokenizer \(tokenizer): there are \(names)")
    }
    guard choice == .gpt2 || tokenizerPath != nil else {
      throw ValidationError("--tokenizer \(tokenizer): name it with --tokenizer-path")
    }
  }

  func run() throws {
    Session.run { session in
      _ = try session.communicator.coordinate {
        let report = try take {
          session.announce("another process prepares \(out); waiting for it")
        }
        try StandardOutput.printLine(report.text(json: json))
        return []
      }
      return .done
    }
  }

  private func take(whileWaiting: () -> Void) throws -> FieldReport {
    let order = TokenizerOrder(
      choice: TokenizerChoice(rawValue: tokenizer) ?? .gpt2, path: tokenizerPath)
    guard
      let tokenizer = try order.loaded(environment: ProcessInfo.processInfo.environment)
    else { preconditionFailure("validate asks for a tokenizer that is there") }
    let files = try [Split.training: inputs, .validation: validation].mapValues { paths in
      try paths.map { try ImportedTokens(path: $0) }
    }
    let lock = PreparedFolderLock.take(out, whileWaiting: whileWaiting)
    defer { withExtendedLifetime(lock) {} }
    try PreparedText.begin(folder: out)
    var fields: [FieldReport.Field?] = [.text("folder", out)]
    // A file may be named twice.
    var read: [JSONValue] = []
    var writers: [Split: TokenFileWriter] = [:]
    for split in [Split.training, .validation] {
      let writer = try TokenFileWriter(path: split.path(in: out), tokenizer: tokenizer)
      for file in files[split] ?? [] {
        try file.copy(into: writer, tokenizer)
        let format = file.format.rawValue
        read.append(.fields([("path", .string(file.path)), ("format", .string(format))]))
        fields.append(json ? nil : .text(file.path, format))
      }
      writers[split] = writer
      fields.append(.count("\(split.rawValue)_tokens", writer.tokenCount))
    }
    try PreparedText.replace(with: writers, tokenizer, nil, folder: out)
    return FieldReport(fields + [json ? .list("files", .array(read)) : nil])
  }
}
