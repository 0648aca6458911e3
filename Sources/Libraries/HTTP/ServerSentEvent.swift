/// One event of a `text/event-stream`, encoded once for any number of streams.
package struct ServerSentEvent: Sendable, Hashable {
    /// As they are sent.
    package let bytes: [UInt8]

    /// - Parameters:
    ///   - event: its name; a line break in it ends it.
    ///   - data: may have several lines.
    package init(event: String? = nil, data: String) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(data.utf8.count + 32)
        if let event {
            bytes += "event: ".utf8
            bytes += event.utf8.prefix { $0 != 10 && $0 != 13 }
            bytes.append(10)
        }
        // CR alone ends a line too, so a data line must hold none. CRLF is one character to Swift.
        for line in data.split(
            omittingEmptySubsequences: false, whereSeparator: { "\r\n" == $0 || "\n" == $0 || "\r" == $0 })
        {
            bytes += "data: ".utf8
            bytes += line.utf8
            bytes.append(10)
        }
        bytes.append(10)
        self.bytes = bytes
    }
}
