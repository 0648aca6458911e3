/// Bytes that are lent to a reader for one call, with loads of several at once.
///
/// The wrapper that keeps pointers out of the parser: every access goes through it. Debug builds and the fuzzer check
/// the bounds; in release the callers' own comparisons with `count` are the bounds.
@safe struct Source {
    private let start: UnsafePointer<UInt8>
    let count: Int

    @unsafe init(_ buffer: UnsafeBufferPointer<UInt8>) {
        let nowhere: StaticString = ""
        unsafe start = buffer.baseAddress ?? nowhere.utf8Start
        count = buffer.count
    }

    @inline(always)
    subscript(place: Int) -> UInt8 {
        assert(place >= 0 && place < count)
        return unsafe start[place]
    }

    /// Eight bytes; the first is the lowest.
    @inline(always)
    func load8(_ place: Int) -> UInt64 {
        assert(place >= 0 && place + 8 <= count)
        return unsafe UnsafeRawPointer(start + place).loadUnaligned(as: UInt64.self)
    }

    @inline(always)
    func load4(_ place: Int) -> UInt32 {
        assert(place >= 0 && place + 4 <= count)
        return unsafe UnsafeRawPointer(start + place).loadUnaligned(as: UInt32.self)
    }

    @inline(always)
    func load16(_ place: Int) -> SIMD16<UInt8> {
        assert(place >= 0 && place + 16 <= count)
        return unsafe UnsafeRawPointer(start + place).loadUnaligned(as: SIMD16<UInt8>.self)
    }

    /// Sixteen bytes, zero where the source has ended.
    @inline(always)
    func padded16(_ place: Int) -> SIMD16<UInt8> { place + 16 <= count ? load16(place) : last16(place) }

    @inline(never)
    private func last16(_ place: Int) -> SIMD16<UInt8> {
        guard place < count else { return SIMD16(repeating: 0) }
        var word: UInt128 = 0
        if count >= 16 {
            let last = UInt128(load8(count - 8)) << 64 | UInt128(load8(count - 16))
            word = last &>> UInt128(8 * (place + 16 - count))
        } else {
            for offset in 0..<count - place { word |= UInt128(self[place + offset]) &<< UInt128(8 * offset) }
        }
        return unsafe unsafeBitCast(word, to: SIMD16<UInt8>.self)
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
    func copy(_ range: Range<Int>, to sink: inout Sink) {
        assert(range.lowerBound >= 0 && range.upperBound <= count)
        unsafe sink.put(start + range.lowerBound, count: range.count)
    }

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
    if halves[0] | halves[1] == 0 { return 16 }
    // No branch here: which half it is in is unpredictable.
    let isHigh = halves[0] == 0
    let half = isHigh ? halves[1] : halves[0]
    return half.trailingZeroBitCount >> 3 | (isHigh ? 8 : 0)
}

/// Up to eight letters as one number, the first in the lowest byte.
@inline(always)
func packedWord(_ letters: StaticString) -> UInt64 {
    var word: UInt64 = 0
    for place in 0..<letters.utf8CodeUnitCount { unsafe word |= UInt64(letters.utf8Start[place]) << UInt64(8 * place) }
    return word
}
