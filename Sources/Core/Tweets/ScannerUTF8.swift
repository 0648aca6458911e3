extension Scanner {
    /// Checks that a string is UTF-8 (RFC 3629: shortest forms, no surrogates, nothing above U+10FFFF).
    func checkUTF8(_ range: Range<Int>) throws(TweetError) {
        var state = UTF8State.between.shift
        for place in range { state = UTF8State.rows[Int(source[place])] &>> state }
        if state & 63 != UTF8State.between.shift { throw error(in: range) }
    }

    /// Once more, to tell where the sequence starts that is none.
    private func error(in range: Range<Int>) -> TweetError {
        var (state, start) = (UTF8State.between.shift, range.lowerBound)
        for place in range {
            if state & 63 == UTF8State.between.shift { start = place }
            state = UTF8State.rows[Int(source[place])] &>> state
            if state & 63 == UTF8State.wrong.shift { break }
        }
        return TweetError(.utf8, at: start)
    }

    /// How many Unicode scalars a checked string has after unescaping.
    func scalars(in text: Text) -> Int {
        var count = 0
        var place = text.start
        while place < text.end {
            if text.isEscaped, source[place] == UInt8(ascii: "\\"), let length = try? escape(at: place).length {
                place += length
            } else {
                place += 1
                while place < text.end, source[place] & 0xc0 == 0x80 { place += 1 }
            }
            count += 1
        }
        return count
    }
}

/// What the bytes so far let come next: an automaton that takes a byte without a branch, because where the accents of
/// a text are is unpredictable. A byte's row holds the next state for each state, six bits apart; a state is its own
/// place in a row, so that a step is one load and one shift (Per Vognsen's shift-based automata).
private enum UTF8State: UInt64, CaseIterable {
    case between, wrong
    /// So many continuation bytes are missing.
    case one, two, three
    /// Behind a lead byte that narrows the next one: to rule out long forms, surrogates, and what lies above U+10FFFF.
    case behindE0, behindED, behindF0, behindF4

    var shift: UInt64 { rawValue * 6 }

    static let rows: InlineArray<256, UInt64> = InlineArray { byte in
        allCases.reduce(0) { row, state in row | state.next(UInt8(byte)).shift << state.shift }
    }

    private func next(_ byte: UInt8) -> UTF8State {
        switch (self, byte) {
        case (.between, 0x00...0x7f), (.one, 0x80...0xbf): .between
        case (.between, 0xc2...0xdf), (.two, 0x80...0xbf), (.behindE0, 0xa0...0xbf), (.behindED, 0x80...0x9f): .one
        case (.between, 0xe0): .behindE0
        case (.between, 0xed): .behindED
        case (.between, 0xe1...0xef), (.three, 0x80...0xbf), (.behindF0, 0x90...0xbf), (.behindF4, 0x80...0x8f): .two
        case (.between, 0xf0): .behindF0
        case (.between, 0xf1...0xf3): .three
        case (.between, 0xf4): .behindF4
        default: .wrong
        }
    }
}
