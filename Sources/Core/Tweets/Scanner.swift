/// Walks over JSON (RFC 8259) byte by byte and checks all of it: grammar, escapes, surrogates, UTF-8, depth.
///
/// No recursion: the open brackets of a skipped value are bits of one word. Strings are in `ScannerStrings.swift`.
struct Scanner {
    let source: Source
    /// The place of the next byte.
    var at: Int

    /// The most brackets that may be open at once, those of the body and the tweet included.
    static let depthMax = 64

    /// The next byte; 0, which is never right, at the end.
    var next: UInt8 {
        @inline(always) get { at < source.count ? source[at] : 0 }
    }

    @inline(always)
    mutating func skipSpace() {
        // Most of the time there is none.
        guard next <= UInt8(ascii: " ") else { return }
        if next == UInt8(ascii: " ") { at += 1 }
        if next <= UInt8(ascii: " ") { skipSomeSpace() }
    }

    @inline(never)
    private mutating func skipSomeSpace() { while isSpace(next), at < source.count { at += 1 } }

    /// Skips blanks and newlines; whether there was a newline.
    mutating func skipLines() -> Bool {
        var newline = false
        while at < source.count, isSpace(source[at]) {
            newline = newline || source[at] == UInt8(ascii: "\n")
            at += 1
        }
        return newline
    }

    @inline(always)
    private func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
            || byte == UInt8(ascii: "\t")
    }

    /// Reads the colon behind a name, with the blanks around it.
    @inline(always)
    mutating func colon() throws(TweetError) {
        skipSpace()
        guard next == UInt8(ascii: ":") else { throw TweetError(.colon, at: at) }
        at += 1
        skipSpace()
    }

    /// Reads one value of any kind and forgets it. Blanks may stand before it.
    /// - Parameter depth: how many brackets are open around it.
    mutating func skipValue(depth: Int) throws(TweetError) {
        // A one is an object, a zero an array; the innermost is the lowest.
        var objects: UInt64 = 0
        var level = 0
        while true {
            skipSpace()
            let opening = next
            switch opening {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                level += 1
                guard depth + level <= Self.depthMax else { throw TweetError(.depth, at: at) }
                let isObject = opening == UInt8(ascii: "{")
                objects = objects << 1 | (isObject ? 1 : 0)
                at += 1
                skipSpace()
                if next != closing(isObject) {
                    if isObject { try skipName() }
                    continue
                }
            default: try skipScalar()
            }
            if try !advance(&objects, &level) { return }
        }
    }

    /// Behind a value: closes brackets up to the comma before the next value; false when the outermost value is
    /// complete.
    private mutating func advance(_ objects: inout UInt64, _ level: inout Int) throws(TweetError) -> Bool {
        while level > 0 {
            skipSpace()
            let isObject = objects & 1 == 1
            if next == UInt8(ascii: ",") {
                at += 1
                skipSpace()
                if isObject { try skipName() }
                return true
            }
            guard next == closing(isObject) else {
                throw TweetError(isObject ? .commaOrBrace : .commaOrBracket, at: at)
            }
            at += 1
            objects >>= 1
            level -= 1
        }
        return false
    }

    private func closing(_ isObject: Bool) -> UInt8 { isObject ? UInt8(ascii: "}") : UInt8(ascii: "]") }

    private mutating func skipName() throws(TweetError) {
        guard next == UInt8(ascii: "\"") else { throw TweetError(.key, at: at) }
        at += 1
        _ = try string()
        try colon()
    }

    private mutating func skipScalar() throws(TweetError) {
        switch next {
        case UInt8(ascii: "\""):
            at += 1
            _ = try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: throw TweetError(.value, at: at)
        }
    }

    private mutating func literal(_ word: StaticString) throws(TweetError) {
        let length = word.utf8CodeUnitCount
        guard source.has(word, at: at) else { throw TweetError(.literal, at: at) }
        at += length
    }

    private mutating func number() throws(TweetError) {
        let start = at
        if next == UInt8(ascii: "-") { at += 1 }
        if next == UInt8(ascii: "0") { at += 1 } else { try digits(from: start) }
        if next == UInt8(ascii: ".") {
            at += 1
            try digits(from: start)
        }
        if next | 0x20 == UInt8(ascii: "e") {
            at += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
            try digits(from: start)
        }
    }

    private mutating func digits(from start: Int) throws(TweetError) {
        guard isDigit(next) else { throw TweetError(.number, at: start) }
        while isDigit(next) { at += 1 }
    }

    @inline(always)
    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
