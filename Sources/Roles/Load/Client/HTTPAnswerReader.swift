/// One answer of HTTP/1.1, found in the bytes of a connection as they arrive: a pure value.
///
/// It reads the caller's buffer from the start each time it is asked and remembers how far it came, so that an answer
/// in one piece is passed over once. Bounded: header and body over their limits end the connection.
struct HTTPAnswerReader {
    enum Progress: Equatable {
        case incomplete
        /// Complete; it took this many bytes of the buffer.
        case complete(Int)
        /// An answer before the answer (100 Continue); these bytes are to be dropped before it is read on.
        case interim(Int)
        /// Not HTTP, ambiguous, or over a limit; the connection is of no more use.
        case broken(String)
    }

    private enum Framing: Equatable { case header, length(Int), chunked, untilClose }

    static let headerBytesMax = 16 << 10
    static let bodyBytesMax = 16 << 20

    private(set) var status = 0
    /// Whole seconds of `Retry-After`; nil without, or when it is a date.
    private(set) var retryAfter: Int?
    private(set) var keepsAlive = true
    /// Where the body lies in the buffer; of a chunked one it is moved together in place.
    private(set) var body = 0..<0
    private var framing = Framing.header
    /// Of a chunked body: where the next chunk begins. Of a header: how far it was searched for its end.
    private var scanned = 0

    /// - Parameters:
    ///   - buffer: what arrived, from the start of the answer on; chunked bodies are unfolded in it.
    ///   - count: how many bytes of it are valid.
    ///   - ended: the connection is at its end; no more will come.
    mutating func read(_ buffer: inout [UInt8], count: Int, ended: Bool = false) -> Progress {
        if framing == .header {
            guard let end = headerEnd(buffer, count) else {
                return count > Self.headerBytesMax ? .broken("header too large") : .incomplete
            }
            if let problem = readHeader(buffer, end) { return .broken(problem) }
            if status < 200 {
                self = HTTPAnswerReader()
                return .interim(end)
            }
        }
        switch framing {
        case .header: return .incomplete
        case .length(let length):
            guard count - body.lowerBound >= length else { return .incomplete }
            body = body.lowerBound..<body.lowerBound + length
            return .complete(body.upperBound)
        case .untilClose:
            guard count - body.lowerBound <= Self.bodyBytesMax else { return .broken("body too large") }
            body = body.lowerBound..<count
            return ended ? .complete(count) : .incomplete
        case .chunked: return readChunks(&buffer, count)
        }
    }

    private mutating func headerEnd(_ buffer: [UInt8], _ count: Int) -> Int? {
        var at = max(scanned, 3)
        while at < count {
            // The last byte decides how far to leap: only a line feed can end the header.
            if buffer[at] == 10, buffer[at - 1] == 13, buffer[at - 2] == 10, buffer[at - 3] == 13 { return at + 1 }
            at += 1
        }
        scanned = at
        return nil
    }

    private mutating func readHeader(_ buffer: [UInt8], _ end: Int) -> String? {
        guard end <= Self.headerBytesMax else { return "header too large" }
        guard let line = statusLine(buffer, end) else { return "no status line" }
        var length: Int?
        var isChunked = false
        var start = line
        while start < end - 2 {
            var stop = start
            while buffer[stop] != 13 { stop += 1 }
            guard stop + 1 < end, buffer[stop + 1] == 10 else { return "bare carriage return" }
            var colon = start
            while colon < stop, buffer[colon] != UInt8(ascii: ":") { colon += 1 }
            guard colon < stop, colon > start else { return "header line without name" }
            let value = trimmed(buffer, colon + 1..<stop)
            // Only four names matter; their lengths and first letters differ, so most lines cost two comparisons.
            switch colon - start {
            case 14 where buffer.hasIgnoringCase("content-length", at: start):
                guard let number = number(buffer, value), length == nil || length == number else { return "bad length" }
                length = number
            case 17 where buffer.hasIgnoringCase("transfer-encoding", at: start):
                guard value.count == 7, buffer.hasIgnoringCase("chunked", at: value.lowerBound) else {
                    return "unknown coding"
                }
                isChunked = true
            case 10 where buffer.hasIgnoringCase("connection", at: start):
                if value.count == 5, buffer.hasIgnoringCase("close", at: value.lowerBound) { keepsAlive = false }
            case 11 where buffer.hasIgnoringCase("retry-after", at: start): retryAfter = number(buffer, value)
            default: break
            }
            start = stop + 2
        }
        return frame(end, length, isChunked)
    }

    private mutating func frame(_ end: Int, _ length: Int?, _ isChunked: Bool) -> String? {
        body = end..<end
        scanned = end
        if isChunked && length != nil { return "length and coding" }
        if status < 200 || status == 204 || status == 304 {
            framing = status < 200 ? .header : .length(0)
        } else if isChunked {
            framing = .chunked
        } else if let length {
            guard length <= Self.bodyBytesMax else { return "body too large" }
            framing = .length(length)
        } else {
            framing = .untilClose
            keepsAlive = false
        }
        return nil
    }

    /// `HTTP/1.1 200 …`; the place behind it.
    private mutating func statusLine(_ buffer: [UInt8], _ end: Int) -> Int? {
        guard end > 16, buffer.hasIgnoringCase("http/1.", at: 0), buffer[7] == 48 || buffer[7] == 49, buffer[8] == 32
        else { return nil }
        guard let code = number(buffer, 9..<12), code >= 100, buffer[12] == 32 || buffer[12] == 13 else { return nil }
        status = code
        if buffer[7] == 48 { keepsAlive = false }
        var at = 12
        while at < end, buffer[at] != 10 { at += 1 }
        return at + 1
    }

    private mutating func readChunks(_ buffer: inout [UInt8], _ count: Int) -> Progress {
        while true {
            guard let lineEnd = lineEnd(buffer, scanned, count) else {
                return count - scanned > 1024 ? .broken("chunk line too long") : .incomplete
            }
            guard let size = chunkSize(buffer, scanned..<lineEnd - 2) else { return .broken("bad chunk size") }
            guard body.count + size <= Self.bodyBytesMax else { return .broken("body too large") }
            if size == 0 { return readTrailer(buffer, lineEnd, count) }
            guard count >= lineEnd + size + 2 else { return .incomplete }
            guard buffer[lineEnd + size] == 13, buffer[lineEnd + size + 1] == 10 else {
                return .broken("bad chunk end")
            }
            let target = body.upperBound
            for offset in 0..<size { buffer[target + offset] = buffer[lineEnd + offset] }
            body = body.lowerBound..<target + size
            scanned = lineEnd + size + 2
        }
    }

    private func readTrailer(_ buffer: [UInt8], _ start: Int, _ count: Int) -> Progress {
        var at = start
        while let end = lineEnd(buffer, at, count) {
            if end == at + 2 { return .complete(end) }
            at = end
        }
        return count - start > Self.headerBytesMax ? .broken("trailer too large") : .incomplete
    }
}

extension HTTPAnswerReader {
    /// The place behind the line that begins at `start`.
    private func lineEnd(_ buffer: [UInt8], _ start: Int, _ count: Int) -> Int? {
        var at = start + 1
        while at < count {
            if buffer[at] == 10, buffer[at - 1] == 13 { return at + 1 }
            at += 1
        }
        return nil
    }

    private func chunkSize(_ buffer: [UInt8], _ line: Range<Int>) -> Int? {
        var size = 0
        var digits = 0
        for byte in buffer[line] {
            if byte == UInt8(ascii: ";") || byte == 32 { break }
            guard digits < 8, let digit = hexDigit(byte) else { return nil }
            size = size << 4 | Int(digit)
            digits += 1
        }
        return digits > 0 ? size : nil
    }

    private func number(_ buffer: [UInt8], _ place: Range<Int>) -> Int? {
        guard !place.isEmpty, place.count <= 12 else { return nil }
        var value = 0
        for index in place {
            guard buffer[index] >= 48, buffer[index] <= 57 else { return nil }
            value = value * 10 + Int(buffer[index] - 48)
        }
        return value
    }

    private func trimmed(_ buffer: [UInt8], _ place: Range<Int>) -> Range<Int> {
        var (low, high) = (place.lowerBound, place.upperBound)
        while low < high, buffer[low] == 32 || buffer[low] == 9 { low += 1 }
        while low < high, buffer[high - 1] == 32 || buffer[high - 1] == 9 { high -= 1 }
        return low..<high
    }
}
