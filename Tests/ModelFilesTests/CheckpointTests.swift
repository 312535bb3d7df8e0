// What is saved is what is read, and the file is the contract's.
import ModelFiles
import Tensors
import Testing

@Suite struct CheckpointTests {
  let folder = TemporaryFolder()

  @Test func readsWhatWasSaved() throws {
    let saved = Sample.checkpoint()
    try CheckpointWriter.write(saved, to: folder.file("a.h5"))
    let reader = try CheckpointReader(path: folder.file("a.h5"))
    try reader.verify()
    #expect(isIdentical(try reader.checkpoint(Sample.layout), saved))
    #expect(names(in: folder.path) == ["a.h5"])
  }

  @Test func listsTensorsByName() throws {
    try CheckpointWriter.write(Sample.checkpoint(), to: folder.file("a.h5"))
    let tensors = try CheckpointReader(path: folder.file("a.h5")).tensors
    #expect(
      tensors.map { "\($0.name) \($0.shape)" } == [
        "h.0.attn.c_attn.bias [18]", "h.0.attn.c_attn.weight [18, 6]", "ln_f.weight [6]",
        "wte.weight [11, 6]",
      ])
  }

  @Test func progressBeforeTheFirstEvaluationAndLongTexts() throws {
    var saved = Sample.checkpoint(step: 0)
    saved.progress.best = nil
    saved.tokenizer = String(repeating: "ab\u{e9}\n", count: 500_000)
    try CheckpointWriter.write(saved, to: folder.file("a.h5"))
    let read = try CheckpointReader(path: folder.file("a.h5")).checkpoint(Sample.layout)
    #expect(isIdentical(read, saved))
  }

  @Test func equalContentGivesEqualBytes() throws {
    // More tensors than a group keeps in its header.
    var layout = ParameterLayout()
    for index in 0..<40 { layout.append("h.\(index).weight", [index + 1, 3], .ones) }
    let saved = Sample.checkpoint(layout: layout)
    try CheckpointWriter.write(saved, to: folder.file("a.h5"))
    try CheckpointWriter.write(saved, to: folder.file("b.h5"))
    #expect(contents(folder.file("a.h5")) == contents(folder.file("b.h5")))
    #expect(
      isIdentical(try CheckpointReader(path: folder.file("b.h5")).checkpoint(layout), saved))
  }

  @Test func replacesAnOlderFileAndAStaleOne() throws {
    overwrite(folder.file("a.h5"), [1, 2, 3])
    overwrite(folder.file("a.h5.tmp"), [1, 2, 3])
    try CheckpointWriter.write(Sample.checkpoint(), to: folder.file("a.h5"))
    try CheckpointReader(path: folder.file("a.h5")).verify()
    #expect(names(in: folder.path) == ["a.h5"])
  }

  @Test func refusesAnotherModelWithBothShapes() throws {
    let path = folder.file("a.h5")
    try CheckpointWriter.write(Sample.checkpoint(), to: path)
    let reader = try CheckpointReader(path: path)
    var wider = ParameterLayout()
    var larger = Sample.layout
    var smaller = ParameterLayout()
    for entry in Sample.layout.entries {
      wider.append(entry.name, entry.shape.map { $0 == 18 ? 36 : $0 }, .zeros)
      if entry.name != "ln_f.weight" { smaller.append(entry.name, entry.shape, .zeros) }
    }
    larger.append("h.1.ln_1.weight", [6], .ones)
    for (layout, expected) in [
      (wider, "h.0.attn.c_attn.weight is [18, 6] in the file but [36, 6] in this model"),
      (larger, "h.1.ln_1.weight is not in the file but [6] in this model"),
      (smaller, "ln_f.weight is [6] in the file but not in this model"),
    ] {
      let error = #expect(throws: CheckpointError.self) { _ = try reader.checkpoint(layout) }
      #expect(error?.description.contains("\(path): \(expected);") == true)
    }
  }

  @Test func namesTheFolderThatCannotBeWritten() throws {
    let path = folder.file("missing/a.h5")
    let error = #expect(throws: CheckpointError.self) {
      try CheckpointWriter.write(Sample.checkpoint(), to: path)
    }
    #expect(
      error?.description
        == "\(path): cannot be written: No such file or directory; choose another --out")
  }
}
