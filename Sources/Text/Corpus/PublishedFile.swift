// The published files the trainer knows by name, and how they are found.
import Crypto
import FoundationEssentials

/// A file that others publish, told apart from any other by its SHA-256.
package struct PublishedFile: Sendable, Equatable {
  package let name: String
  package let url: String
  /// Lowercase hexadecimal.
  package let sha256: String
  /// Place in the cache folder.
  package let cachePath: String

  /// Variable that rules downloads out when it is 1.
  package static let offlineVariable = "TRAINER_OFFLINE"

  package init(name: String, url: String, sha256: String, cachePath: String) {
    self.name = name
    self.url = url
    self.sha256 = sha256
    self.cachePath = cachePath
  }

  package static let shakespeare = PublishedFile(
    name: "shakespeare",
    url:
      "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
    sha256: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    cachePath: "shakespeare/input.txt")
  package static let gpt2Merges = PublishedFile(
    name: "gpt2 merges",
    url: "https://openaipublic.blob.core.windows.net/gpt-2/encodings/main/vocab.bpe",
    sha256: "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
    cachePath: "gpt2/vocab.bpe")
  package static let gpt2Vocabulary = PublishedFile(
    name: "gpt2 vocabulary",
    url: "https://openaipublic.blob.core.windows.net/gpt-2/encodings/main/encoder.json",
    sha256: "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783",
    cachePath: "gpt2/encoder.json")

  /// The WikiText-2 files stand at the last commit that changed them.
  private static func wikitext(_ part: String, _ sha256: String) -> PublishedFile {
    PublishedFile(
      name: "wikitext-2 \(part)",
      url: "https://raw.githubusercontent.com/pytorch/examples/"
        + "d5678bc8ac0cdd79dbd5e44d4130271018bcec4e/word_language_model/data/wikitext-2/\(part).txt",
      sha256: sha256, cachePath: "wikitext-2/\(part).txt")
  }

  /// Merity and others 2016, tokenized into words, rare ones replaced by `<unk>`.
  package static let wikitext2Training = wikitext(
    "train", "9e9fa1ad55b1c2c95b08e37dd8e653f638fac2c6de904b79e813611eefbc985f")
  package static let wikitext2Validation = wikitext(
    "valid", "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8")
  package static let wikitext2Test = wikitext(
    "test", "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0")

  private static func tinyStories(_ part: String, _ sha256: String) -> PublishedFile {
    PublishedFile(
      name: "tinystories \(part)",
      url: "https://huggingface.co/datasets/roneneldan/TinyStories/resolve/"
        + "f54c09fd23315a6f9c86f9dc80f725de7d8f9c64/TinyStoriesV2-GPT4-\(part).txt",
      sha256: sha256, cachePath: "tinystories/TinyStoriesV2-GPT4-\(part).txt")
  }

  /// Eldan and Li 2023, the stories by GPT-4 alone: 2.2 GB.
  package static let tinyStoriesTraining = tinyStories(
    "train", "6418d412de72888f52b5142c761ac21a582f7d1166f0bfbdb5f03ccfdec90443")
  package static let tinyStoriesValidation = tinyStories(
    "valid", "6874bae9a4c1a4e7edcf0e53b86c17817e9cf881fc75ff2368da457b80c0585d")

  /// A file that is there and whole.
  package struct Located: Sendable, Equatable {
    package let path: String
    package let bytes: [UInt8]
  }

  /// The file's bytes; as `path`, for files that fit in memory.
  package func locate(environment: [String: String]) throws(CorpusError) -> Located {
    let path = try path(environment: environment)
    return Located(path: path, bytes: try TextFile.contents(path))
  }

  /// Looks in the cache, then downloads into it. The file is checked, but never held in memory.
  ///
  /// A cached file with another SHA-256, for example a truncated one, is replaced; where that
  /// fails it stays as it is. `TRAINER_OFFLINE=1` rules the download out.
  /// - Parameters:
  ///   - stallSeconds: for how long a download may stand still.
  ///   - progress: told now and then how many bytes have been downloaded.
  /// - Throws: `CorpusError.unavailable`, with the reason and where to put the file by hand.
  package func path(
    environment: [String: String], stallSeconds: Int = Download.stallSeconds,
    progress: ((_ byteCount: Int) -> Void)? = nil
  ) throws(CorpusError) -> String {
    guard let cache = CacheFolder(environment: environment) else {
      throw unavailable("neither TRAINER_CACHE nor HOME is set", at: cachePath)
    }
    let path = cache.path(of: cachePath)
    var faults: [String] = []
    switch state(of: path) {
    case .whole: return path
    case .absent: break
    case .faulty(let reason): faults.append(reason)
    }
    do {
      let download = Download(
        url: url, environment: environment, stallSeconds: stallSeconds, progress: progress)
      try download.fetch(to: path) { state(of: $0) == .whole }
      return path
    } catch {
      faults.append(error.reason)
      throw unavailable(faults.joined(separator: ", and "), at: path)
    }
  }

  private enum State: Equatable {
    case whole
    case absent
    case faulty(String)
  }

  private func state(of path: String) -> State {
    do {
      var hash = SHA256()
      let count = try TextFile.forEachChunk(of: path) { hash.update(data: $0) }
      guard hash.finalize().hexadecimal == sha256 else {
        return .faulty("the cached file is damaged (\(count) bytes, SHA-256 differs)")
      }
      return .whole
    } catch .missingFile {
      return .absent
    } catch {
      return .faulty("\(error)")
    }
  }

  private func unavailable(_ reason: String, at path: String) -> CorpusError {
    .unavailable(name: name, reason: reason, cachePath: path, url: url)
  }
}

extension Digest {
  /// Lowercase hexadecimal.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef")
    return String(flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
