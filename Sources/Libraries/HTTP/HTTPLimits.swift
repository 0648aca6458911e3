/// What a server allows its clients. Every limit has its answer, named here.
package struct HTTPLimits: Sendable {
    /// Open connections; further clients wait in the backlog.
    package var connections = 4096
    /// Open connections of one address, 0 for any number; one more is closed unanswered.
    package var connectionsPerAddress = 0
    /// Time without a byte in either direction, in whole seconds (rounded up); then the connection is closed. A client
    /// that ends its side together with the last bytes of half a head is noticed only then.
    package var silence = Duration.seconds(15)
    /// From the connect, or from the last answer, to the end of the next head; then the connection is cut.
    package var head = Duration.seconds(20)
    /// From the end of the head to the end of the body; then the connection is cut.
    package var request = Duration.seconds(60)
    /// From the moment an answer is given to its last byte being taken; then the connection is cut. Not for event
    /// streams.
    package var answer = Duration.seconds(60)
    /// Bytes of memory a connection: request line and headers must fit, else 414 or 431. It is cleared after every
    /// request, so more of it makes every request slower (8 KiB: 14.8 µs a request, 128 KiB: 25.6 µs).
    package var connectionMemory = 8192
    /// Bytes of all bodies that are being read, and of answers that are being sent, at once: each reserves its
    /// Content-Length, a chunked one the most that its handler reads. What does not fit is answered 503 without being
    /// read. Bounds the memory of slow uploads.
    package var bodies = 256 << 20
    /// Connections that the kernel keeps until they are accepted.
    package var backlog = 1024
    /// How long a server that was asked to stop works on for those who wait; then 503 for them.
    package var drain = Duration.seconds(10)

    /// The defaults above.
    package init() {}
}
