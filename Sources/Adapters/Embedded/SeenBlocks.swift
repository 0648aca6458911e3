import SQLite

/// 2^17 sequence numbers of a session, a bit each: which of them were counted. On the store's thread only.
final class SeenBlock {
    /// Sequence numbers a block holds, as a power of two.
    static let shift: UInt64 = 17
    static let byteCount = 1 << 14

    let id: Int64
    let session: UInt64
    let number: UInt64
    fileprivate(set) var bits: [UInt8]
    fileprivate var isChanged = false
    /// Asked for since the last `write`, even if nothing in it was new.
    fileprivate var isUsed = true
    /// Minutes since 1970, as the file has it.
    fileprivate var used: Int64

    fileprivate init(id: Int64, session: UInt64, number: UInt64, bits: [UInt8], used: Int64) {
        (self.id, self.session, self.number, self.bits, self.used) = (id, session, number, bits, used)
    }

    /// Sets the bit of a sequence number of this block. True when it was not set. Numbered as `SETBIT` does.
    func insert(_ sequence: UInt64) -> Bool {
        let place = Int(sequence >> 3) & (Self.byteCount - 1)
        let mask = UInt8(0x80) >> UInt8(truncatingIfNeeded: sequence & 7)
        isUsed = true
        guard bits[place] & mask == 0 else { return false }
        bits[place] |= mask
        isChanged = true
        return true
    }
}

/// The table `seen` and the blocks of it that are in use, in memory.
///
/// Changed blocks are written at the end of the transaction; one that fails drops them all.
final class SeenBlocks {
    private struct Key: Hashable { var session: UInt64, number: UInt64 }

    private let blocksMax: Int
    private var blocks: [Key: SeenBlock] = [:]
    private let find: Statement
    private let insert: Statement
    private let update: Statement
    private let touch: Statement
    private let delete: Statement

    static let tables = """
        CREATE TABLE seen(id INTEGER PRIMARY KEY, session INTEGER NOT NULL, block INTEGER NOT NULL,
            used INTEGER NOT NULL, bits BLOB NOT NULL, UNIQUE(session, block));
        CREATE INDEX seen_used ON seen(used);
        """

    /// - Parameter blocksMax: blocks kept in memory, 16 KiB each.
    init(_ connection: borrowing Connection, blocksMax: Int) throws(SQLiteError) {
        self.blocksMax = blocksMax
        find = try connection.prepare("SELECT id, used, bits FROM seen WHERE session = ?1 AND block = ?2")
        insert = try connection.prepare(
            "INSERT INTO seen(session, block, used, bits) VALUES(?1, ?2, ?3, zeroblob(16384)) RETURNING id")
        // The blob alone and of the same size: SQLite then rewrites only the pages whose content differs.
        update = try connection.prepare("UPDATE seen SET bits = ?2 WHERE id = ?1")
        touch = try connection.prepare("UPDATE seen SET used = ?2 WHERE id = ?1")
        delete = try connection.prepare(
            "DELETE FROM seen WHERE id IN (SELECT id FROM seen WHERE used < ?1 ORDER BY used LIMIT ?2) RETURNING id")
    }

    /// The block of a sequence number; made when it is new.
    func block(session: UInt64, sequence: UInt64, minute: Int64) throws(SQLiteError) -> SeenBlock {
        let key = Key(session: session, number: sequence >> SeenBlock.shift)
        if let block = blocks[key] { return block }
        if blocks.count >= blocksMax {
            try write(minute: minute)
            blocks.removeAll(keepingCapacity: true)
        }
        if let block = try load(key) {
            blocks[key] = block
            return block
        }
        let block = try make(key, minute: minute)
        blocks[key] = block
        return block
    }

    private func load(_ key: Key) throws(SQLiteError) -> SeenBlock? {
        try find.bind(Int64(bitPattern: key.session), at: 1)
        try find.bind(Int64(bitPattern: key.number), at: 2)
        guard try find.step() else { return nil }
        defer { find.reset() }
        let bits = find.bytes(2)
        guard bits.count == SeenBlock.byteCount else {
            throw SQLiteError(code: .corrupt, message: "a block of seen has \(bits.count) bytes", call: "load")
        }
        return SeenBlock(
            id: find.integer(0), session: key.session, number: key.number, bits: bits, used: find.integer(1))
    }

    private func make(_ key: Key, minute: Int64) throws(SQLiteError) -> SeenBlock {
        try insert.bind(Int64(bitPattern: key.session), at: 1)
        try insert.bind(Int64(bitPattern: key.number), at: 2)
        try insert.bind(minute, at: 3)
        defer { insert.reset() }
        guard try insert.step() else {
            throw SQLiteError(code: .corrupt, message: "a new block of seen has no id", call: "make")
        }
        return SeenBlock(
            id: insert.integer(0), session: key.session, number: key.number,
            bits: Array(repeating: 0, count: SeenBlock.byteCount), used: minute)
    }

    /// Writes what changed; before the commit.
    func write(minute: Int64) throws(SQLiteError) {
        for block in blocks.values {
            if block.isChanged {
                try update.bind(block.id, at: 1)
                try update.run(blob: block.bits.span, at: 2)
                block.isChanged = false
            }
            if block.isUsed, block.used != minute {
                try touch.bind(block.id, at: 1)
                try touch.bind(minute, at: 2)
                try touch.run()
                block.used = minute
            }
            block.isUsed = false
        }
    }

    /// Forgets what is in memory: a transaction failed.
    func drop() { blocks.removeAll() }

    /// Deletes blocks that were not used since `minute`, at most `max`. True when there may be more.
    func expire(before minute: Int64, max: Int) throws(SQLiteError) -> Bool {
        try delete.bind(minute, at: 1)
        try delete.bind(Int64(max), at: 2)
        var count = 0
        while try delete.step() {
            let id = delete.integer(0)
            if let key = blocks.first(where: { $0.value.id == id })?.key { blocks[key] = nil }
            count += 1
        }
        return count == max
    }
}
