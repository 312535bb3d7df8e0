// Where downloaded files are kept.

/// The folder of the user's cached files; it need not exist.
package struct CacheFolder: Sendable, Equatable {
  package let path: String

  package init(path: String) { self.path = path }

  /// `TRAINER_CACHE`, else `trainer` in the user's cache folder (XDG Base Directory
  /// Specification); empty variables count as unset. `nil` where not even `HOME` is known.
  package init?(environment: [String: String]) {
    func value(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    if let path = value("TRAINER_CACHE") {
      self.path = path
    } else if let base = value("XDG_CACHE_HOME") {
      path = base + "/trainer"
    } else if let home = value("HOME") {
      path = home + "/.cache/trainer"
    } else {
      return nil
    }
  }

  /// Path of a file given relative to the folder.
  package func path(of file: String) -> String { path + "/" + file }
}
