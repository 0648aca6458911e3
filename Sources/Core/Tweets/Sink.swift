/// Room that is lent to a writer for one call. Whoever makes it has made it large enough: debug builds and the fuzzer check.
@safe struct Sink {
    private let room: UnsafeMutableRawBufferPointer
    private(set) var count = 0

    @unsafe init(_ buffer: Slice<UnsafeMutableBufferPointer<UInt8>>) {
        unsafe room = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer))
    }

    @inline(always)
    mutating func put(_ byte: UInt8) {
        unsafe room[count] = byte
        count += 1
    }

    /// Four or eight bytes, or sixteen, the lowest first.
    @inline(always)
    mutating func put<Word: BitwiseCopyable>(word: Word) {
        unsafe room.storeBytes(of: word, toByteOffset: count, as: Word.self)
        count += MemoryLayout<Word>.size
    }

    /// The first `used` of sixteen bytes. All sixteen are stored: the room must have them.
    @inline(always)
    mutating func put(_ bytes: SIMD16<UInt8>, used: Int) {
        unsafe room.storeBytes(of: bytes, toByteOffset: count, as: SIMD16<UInt8>.self)
        count += used
    }

    @inline(always)
    mutating func put(_ words: StaticString) {
        unsafe put(UnsafeRawBufferPointer(start: words.utf8Start, count: words.utf8CodeUnitCount))
    }

    @inline(always)
    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        unsafe UnsafeMutableRawBufferPointer(rebasing: room[count...]).copyMemory(from: bytes)
        count += bytes.count
    }
}
