/// Room that is lent to a writer for one call. Whoever makes it has made it large enough: debug builds and the fuzzer
/// check.
@safe struct Sink {
    private let start: UnsafeMutablePointer<UInt8>
    private let room: Int
    private(set) var count = 0

    /// The part of a buffer behind what is initialized; it must have room for something.
    @unsafe init?(_ buffer: UnsafeMutableBufferPointer<UInt8>, from initialized: Int) {
        guard let start = buffer.baseAddress else { return nil }
        unsafe self.start = start + initialized
        room = buffer.count - initialized
    }

    @inline(always)
    mutating func put(_ byte: UInt8) { put(word: byte) }

    /// One to sixteen bytes, the lowest first.
    @inline(always)
    mutating func put<Word: BitwiseCopyable>(word: Word) { put(word, used: MemoryLayout<Word>.size) }

    /// The first `used` bytes of a word. All of it is stored: the room must have it.
    @inline(always)
    mutating func put<Word: BitwiseCopyable>(_ word: Word, used: Int) {
        assert(count + MemoryLayout<Word>.size <= room)
        unsafe UnsafeMutableRawPointer(start + count).storeBytes(of: word, as: Word.self)
        count += used
    }

    @inline(always)
    mutating func put(_ words: StaticString) { unsafe put(words.utf8Start, count: words.utf8CodeUnitCount) }

    @inline(always)
    mutating func put(_ bytes: UnsafePointer<UInt8>, count more: Int) {
        assert(count + more <= room)
        unsafe (start + count).update(from: bytes, count: more)
        count += more
    }
}
