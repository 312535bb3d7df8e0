// Finding the key that a user meant.

enum KeyNames {
  /// What an unknown key or section is told: the nearest one that exists.
  static func unknown(_ name: String, isSection: Bool) -> String {
    if isSection {
      let sections = ConfigurationKey.all.map(\.section)
      if let path = alias(of: name) { return "\(name): unknown; did you mean \(path)?" }
      if let key = ConfigurationKey.all.first(where: { $0.name == name }) {
        return "\(name): unknown at the top level; it belongs into a section: \(key.path)"
      }
      return "\(name): unknown section; did you mean \(nearest(to: name, among: sections))?"
    }
    let last = String(name.drop { $0 != "." }.dropFirst())
    if let path = alias(of: last.isEmpty ? name : last) {
      return "\(name): unknown key; did you mean \(path)?"
    }
    if let key = ConfigurationKey.all.first(where: { $0.name == last || $0.name == name }) {
      return "\(name): unknown key; did you mean \(key.path)?"
    }
    let paths = ConfigurationKey.all.map(\.path)
    return "\(name): unknown key; did you mean \(nearest(to: name, among: paths))?"
  }

  /// Names that other trainers use.
  private static func alias(of name: String) -> String? {
    switch name {
    case "n_ctx", "block_size", "seq_length", "context_length": "model.n_positions"
    case "d_model", "hidden_size": "model.n_embd"
    case "num_layers", "n_layers": "model.n_layer"
    case "num_heads", "n_heads": "model.n_head"
    case "lr": "schedule.learning_rate"
    case "min_lr": "schedule.min_learning_rate"
    case "warmup_iters": "schedule.warmup_steps"
    case "lr_decay_steps", "lr_decay_iters": "schedule.decay_steps"
    case "wd": "optimizer.weight_decay"
    case "eps": "optimizer.epsilon"
    case "grad_clip": "optimizer.gradient_clip"
    case "max_iters": "training.max_steps"
    case "eval_interval": "training.evaluate_every"
    case "eval_iters": "training.evaluate_batches"
    case "global_batch_size": "training.batch_size"
    case "save_interval": "checkpoint.save_every"
    case "log_interval": "logging.log_every"
    default: nil
    }
  }

  /// The candidate with the fewest edits; of several, the first.
  static func nearest(to name: String, among candidates: [String]) -> String {
    candidates.min { distance(name, $0) < distance(name, $1) } ?? name
  }

  /// Levenshtein's distance.
  static func distance(_ first: String, _ second: String) -> Int {
    let target = Array(second.unicodeScalars)
    var row = Array(0...target.count)
    for (index, scalar) in first.unicodeScalars.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in 1..<max(1, row.count) {
        let replaced = diagonal + (target[column - 1] == scalar ? 0 : 1)
        diagonal = row[column]
        row[column] = min(replaced, row[column] + 1, row[column - 1] + 1)
      }
    }
    return row[row.count - 1]
  }
}
