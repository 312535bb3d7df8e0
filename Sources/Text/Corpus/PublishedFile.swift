// The three published files the trainer knows by name, and how they are found.
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

  /// A file that is there and whole.
  package struct Located: Sendable, Equatable {
    package let path: String
    package let bytes: [UInt8]
  }

  /// Looks in the cache, then downloads into it.
  ///
  /// A cached file with another SHA-256, for example a truncated one, is replaced; where that
  /// fails it stays as it is. `TRAINER_OFFLINE=1` rules the download out.
  /// - Throws: `CorpusError.unavailable`, with the reason and where to put the file by hand.
  package func locate(environment: [String: String]) throws(CorpusError) -> Located {
    guard let cache = CacheFolder(environment: environment) else {
      throw unavailable("neither TRAINER_CACHE nor HOME is set", at: cachePath)
    }
    let path = cache.path(of: cachePath)
    var faults: [String] = []
    switch cached(path) {
    case .whole(let bytes): return Located(path: path, bytes: bytes)
    case .absent: break
    case .faulty(let reason): faults.append(reason)
    }
    do {
      let download = Download(url: url, environment: environment)
      let bytes = try download.fetch(to: path) { sha256 == Self.sha256(of: $0) }
      return Located(path: path, bytes: bytes)
    } catch {
      faults.append(error.reason)
      throw unavailable(faults.joined(separator: ", and "), at: path)
    }
  }

  private enum Cached {
    case whole([UInt8])
    case absent
    case faulty(String)
  }

  private func cached(_ path: String) -> Cached {
    do {
      let bytes = try TextFile.contents(path)
      guard Self.sha256(of: bytes) == sha256 else {
        return .faulty("the cached file is damaged (\(bytes.count) bytes, SHA-256 differs)")
      }
      return .whole(bytes)
    } catch .missingFile {
      return .absent
    } catch {
      return .faulty("\(error)")
    }
  }

  private func unavailable(_ reason: String, at path: String) -> CorpusError {
    .unavailable(name: name, reason: reason, cachePath: path, url: url)
  }

  /// SHA-256 in lowercase hexadecimal.
  static func sha256(of bytes: [UInt8]) -> String { SHA256.hash(data: bytes).hexadecimal }
}

extension Digest {
  /// Lowercase hexadecimal.
  var hexadecimal: String {
    let digits = Array("0123456789abcdef")
    return String(flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
