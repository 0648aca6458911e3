/// Bytes that are lent to a reader for one call, with loads of several at once.
///
/// The wrapper that keeps pointers out of the parser: every access goes through it. Debug builds and the fuzzer check the bounds; in
/// release the callers' own comparisons with `count` are the bounds.
@safe struct Source {
    private let bytes: UnsafeRawBufferPointer
    let count: Int

    @unsafe init(_ buffer: UnsafeBufferPointer<UInt8>) {
        unsafe bytes = UnsafeRawBufferPointer(buffer)
        count = buffer.count
    }

    @inline(always)
    subscript(place: Int) -> UInt8 { unsafe bytes[place] }

    /// Eight bytes; the first is the lowest.
    @inline(always)
    func load8(_ place: Int) -> UInt64 { unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self) }

    @inline(always)
    func load4(_ place: Int) -> UInt32 { unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self) }

    @inline(always)
    func load16(_ place: Int) -> SIMD16<UInt8> {
        unsafe bytes.loadUnaligned(fromByteOffset: place, as: SIMD16<UInt8>.self)
    }

    /// Up to eight bytes, zero behind the last.
    @inline(always)
    func loadUpTo8(_ place: Int, count wanted: Int) -> UInt64 {
        if place + 8 <= count { return load8(place) & (~0 >> UInt64(8 * (8 - wanted))) }
        var word: UInt64 = 0
        for offset in 0..<wanted { word |= UInt64(self[place + offset]) << UInt64(8 * offset) }
        return word
    }

    /// Copies a range to a sink.
    @inline(always)
    func copy(_ range: Range<Int>, to sink: inout Sink) { unsafe sink.put(UnsafeRawBufferPointer(rebasing: bytes[range])) }

    /// Whether `words` stand at a place.
    @inline(always)
    func has(_ words: StaticString, at place: Int) -> Bool {
        let length = words.utf8CodeUnitCount
        guard place + length <= count else { return false }
        if length < 8 { return loadUpTo8(place, count: length) == packedWord(words) }
        let wanted = unsafe UnsafeRawPointer(words.utf8Start)
        var differences: UInt64 = 0
        var offset = 0
        while offset + 8 <= length {
            unsafe differences |= load8(place + offset) ^ wanted.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        let last = length - 8
        unsafe differences |= load8(place + last) ^ wanted.loadUnaligned(fromByteOffset: last, as: UInt64.self)
        return differences == 0
    }
}

/// The place in sixteen bytes of the first one whose top bit is set in `marks`; 16 if there is none.
@inline(always)
func firstMark(_ marks: SIMD16<UInt8>) -> Int {
    let halves = unsafe unsafeBitCast(marks & 0x80, to: SIMD2<UInt64>.self)
    if halves[0] != 0 { return halves[0].trailingZeroBitCount >> 3 }
    if halves[1] != 0 { return 8 + halves[1].trailingZeroBitCount >> 3 }
    return 16
}

/// Up to eight letters as one number, the first in the lowest byte.
@inline(always)
func packedWord(_ letters: StaticString) -> UInt64 {
    var word: UInt64 = 0
    for place in 0..<letters.utf8CodeUnitCount { unsafe word |= UInt64(letters.utf8Start[place]) << UInt64(8 * place) }
    return word
}
