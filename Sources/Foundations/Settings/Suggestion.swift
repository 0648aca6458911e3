/// `; did you mean X?` for the known word that is closest to `word`, or nothing when none is close.
func didYouMean(_ word: String, among known: some Sequence<String>) -> String {
    // A third of the letters: more than that and the guess is noise.
    let limit = min(3, word.utf8.count / 3)
    let best = known.map { ($0, editDistance($0, word)) }.min { ($0.1, $0.0) < ($1.1, $1.0) }
    guard let best, best.1 <= limit else { return "" }
    return "; did you mean \(best.0)?"
}

/// Levenshtein's distance: letters inserted, deleted or replaced.
func editDistance(_ a: String, _ b: String) -> Int {
    let b = Array(b.utf8)
    var row = Array(0...b.count)
    for (i, x) in a.utf8.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, y) in b.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, diagonal + (x == y ? 0 : 1))
            diagonal = above
        }
    }
    return row[b.count]
}
