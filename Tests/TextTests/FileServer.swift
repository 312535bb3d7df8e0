// A web server with one file, and with the faults that downloads meet.
import Synchronization
import TestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Answers one request after the other on a port of its own, until it goes out of use.
final class FileServer: Sendable {
  /// How a request is met; the last answer serves all further ones.
  enum Answer: Sendable {
    case whole
    /// So many bytes, then the connection ends.
    case breaks(after: Int)
    /// So many bytes, then nothing.
    case stalls(after: Int)
    /// From the start, whatever was asked for.
    case withoutRanges
    case refusal
  }

  struct Failure: Error {}

  let url: String
  private let listener: Int32
  private let starts = Mutex<[Int]>([])

  /// For each request, the byte from which the file was asked for.
  var requestedStarts: [Int] { starts.withLock { $0 } }

  init(_ content: [UInt8], _ answers: [Answer]) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let isOpen = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe bind(listener, address, length) == 0 && listen(listener, 8) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard isOpen else { throw Failure() }
    url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/file.txt"
    startThread { [weak self] in
      for index in 0... {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        let start = Self.readStart(connection)
        self?.starts.withLock { $0.append(start) }
        Self.answer(connection, content, answers[min(index, answers.count - 1)], start)
        close(connection)
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private static func readStart(_ connection: Int32) -> Int {
    var request: [UInt8] = []
    var byte: UInt8 = 0
    while !request.suffix(4).elementsEqual("\r\n\r\n".utf8),
      unsafe recv(connection, &byte, 1, 0) == 1
    {
      request.append(byte)
    }
    let text = String(decoding: request, as: UTF8.self).lowercased()
    guard let range = text.split(separator: "range: bytes=").dropFirst().first else { return 0 }
    return Int(range.prefix { $0.isNumber }) ?? 0
  }

  private static func answer(
    _ connection: Int32, _ content: [UInt8], _ answer: Answer, _ requested: Int
  ) {
    var start = requested
    if case .withoutRanges = answer { start = 0 }
    if case .refusal = answer { return respond(connection, "404 Not Found", [:], []) }
    if start >= content.count {
      let range = ["Content-Range": "bytes */\(content.count)"]
      return respond(connection, "416 Range Not Satisfiable", range, [])
    }
    var headers = ["Content-Length": "\(content.count - start)"]
    if start > 0 {
      headers["Content-Range"] = "bytes \(start)-\(content.count - 1)/\(content.count)"
    }
    var limit = content.count
    switch answer {
    case .breaks(let count), .stalls(let count): limit = min(start + count, limit)
    case .whole, .withoutRanges, .refusal: break
    }
    respond(
      connection, start > 0 ? "206 Partial Content" : "200 OK", headers,
      Array(content[start..<limit]))
    if case .stalls = answer {
      var byte: UInt8 = 0
      _ = unsafe recv(connection, &byte, 1, 0)
    }
  }

  private static func respond(
    _ connection: Int32, _ status: String, _ headers: [String: String], _ body: [UInt8]
  ) {
    let lines = headers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)\r\n" }.joined()
    var rest = Array("HTTP/1.1 \(status)\r\n\(lines)Connection: close\r\n\r\n".utf8)[...] + body
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return }
      rest = rest.dropFirst(count)
    }
  }
}
