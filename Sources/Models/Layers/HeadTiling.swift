// How rows and vocabulary are cut for the head: into sizes that caches decide.
import Tensors

/// Tiles of the vocabulary, blocks of rows, and groups of tiles.
struct HeadTiling {
  /// Columns of the vocabulary that are handled together: their weights stay in a core's cache.
  let tileColumns: Int
  /// Rows that are handled together: their logits of a tile stay there too.
  let blockRows: Int
  /// Columns whose weights' gradients are one task; they divide a tile.
  let gradientColumns: Int
  /// Bytes of a kept exponential.
  let valueSize: Int
  let vocabularySize: Int

  /// Tiles are shared out in at most so many groups, each of which sums up its part of dx.
  private static let largestGroupCount = 8

  static func single(_ configuration: ModelConfiguration) -> HeadTiling {
    HeadTiling(
      tileColumns: 384, blockRows: PanelMultiply.pieceRows, gradientColumns: 384,
      valueSize: MemoryLayout<Float>.stride, vocabularySize: configuration.usedVocabularySize)
  }

  static func half(_ configuration: ModelConfiguration) -> HeadTiling {
    HeadTiling(
      tileColumns: 512, blockRows: 64, gradientColumns: 256,
      valueSize: MemoryLayout<UInt16>.stride, vocabularySize: configuration.usedVocabularySize)
  }

  var tileCount: Int { (vocabularySize + tileColumns - 1) / tileColumns }

  var groupCount: Int { min(tileCount, Self.largestGroupCount) }

  /// Columns of the widest tile.
  var widestTile: Int { min(vocabularySize, tileColumns) }

  func columns(ofTile tile: Int) -> Range<Int> {
    tile * tileColumns..<min(vocabularySize, (tile + 1) * tileColumns)
  }

  func blockCount(rows: Int) -> Int { (rows + blockRows - 1) / blockRows }

  func rows(ofBlock block: Int, of count: Int) -> Range<Int> {
    block * blockRows..<min(count, (block + 1) * blockRows)
  }

  /// Rows whose exponentials are kept at a time, in equal parts: the more, the fewer times the
  /// weights and their gradient pass by. A quarter of the rows where that is between 48 and 128 MiB:
  /// sums are added up part by part, so that nothing but the model and the rows may decide.
  func keptRows(of rows: Int, embeddingWidth: Int) -> Int {
    let rowBytes =
      vocabularySize * valueSize + groupCount * embeddingWidth * MemoryLayout<Float>.stride
    let bytes = min(max(rows / 4 * rowBytes, 48 << 20), 128 << 20)
    let fitting = max(32, bytes / rowBytes / 32 * 32)
    let partCount = (rows + fitting - 1) / fitting
    let share = (rows + partCount - 1) / partCount
    return min(rows, (share + 31) / 32 * 32)
  }
}
