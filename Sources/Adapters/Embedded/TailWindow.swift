import Pipeline

/// The newest rows by key, as many as a bound allows; at least one. What falls out may be deleted.
struct TailWindow {
    struct Row { var key: Int64, size: Int }

    private let bound: TailBound
    private(set) var rows: [Row] = []
    private var bytes = 0

    init(_ bound: TailBound) { self.bound = bound }

    /// Keys may come out of order.
    mutating func insert(key: Int64, size: Int) {
        let place = rows.lastIndex { $0.key < key }.map { $0 + 1 } ?? 0
        rows.insert(Row(key: key, size: size), at: place)
        bytes += size
    }

    /// Takes out the oldest rows that are too many, at most `max` of them.
    mutating func overflow(max: Int) -> [Row] {
        var count = 0
        while count < max, rows.count - count > 1, rows.count - count > bound.rows || bytes > bound.bytes {
            bytes -= rows[count].size
            count += 1
        }
        defer { rows.removeFirst(count) }
        return Array(rows[..<count])
    }

    /// The oldest key in it.
    var floor: Int64? { rows.first?.key }
}
