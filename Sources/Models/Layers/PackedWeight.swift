// A weight as products in half precision read it.
import Tensors

/// Both packed forms of a weight W [out, in]; made anew whenever the parameters have changed.
struct PackedWeight {
  /// Wᵀ, the second factor of x Wᵀ.
  let forward: PackedMatrix
  /// W, the second factor of dy W.
  let backward: PackedMatrix

  func pack(_ weight: Matrix, team: ThreadTeam) {
    PackedMatrix.pack(weight, plain: backward, transposed: forward, team: team)
  }
}

/// The packed weights of a model.
struct PackedWeights {
  private var weights: [String: (weight: Matrix, packed: PackedWeight)] = [:]
  private var names: [String] = []
  let byteCount: Int

  /// - Parameter usedVocabularySize: rows of the head that stand for tokens.
  init(_ layout: ParameterLayout, parameters: FloatBuffer, usedVocabularySize: Int, isTied: Bool) {
    var plan = MemoryPlan()
    var regions: [(ParameterLayout.Entry, Int, [MemoryPlan.PackedRegion])] = []
    let head = isTied ? "wte.weight" : "lm_head.weight"
    for entry in layout.entries where entry.shape.count == 2 {
      if ["wte.weight", "wpe.weight"].contains(entry.name) && entry.name != head { continue }
      let rows = entry.name == head ? usedVocabularySize : entry.shape[0]
      regions.append(
        (
          entry, rows,
          [
            plan.reservePacked(entry.shape[1], rows), plan.reservePacked(rows, entry.shape[1]),
          ]
        ))
    }
    byteCount = plan.floatCount * MemoryLayout<Float>.stride
    let workspace = Workspace(plan)
    for (entry, rows, packed) in regions {
      let weight = Matrix(
        parameters.vector(entry), rows: entry.shape[0], columns: entry.shape[1]
      ).rows(0..<rows)
      let packed = PackedWeight(
        forward: workspace.packed(packed[0]), backward: workspace.packed(packed[1]))
      names.append(entry.name)
      weights[entry.name] = (weight, packed)
    }
  }

  subscript(name: String) -> PackedWeight? { weights[name]?.packed }

  func pack(team: ThreadTeam) {
    for name in names {
      if let (weight, packed) = weights[name] { packed.pack(weight, team: team) }
    }
  }
}
