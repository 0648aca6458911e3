import CMicroHTTPD

/// The answer that is a stream, as libmicrohttpd reads it. Loop thread.
final class StreamSource {
    private let stream: EventStream
    private let connection: Connection
    private unowned let loop: Loop

    private init(_ stream: EventStream, _ connection: Connection, _ loop: Loop) {
        (self.stream, self.connection, self.loop) = (stream, connection, loop)
    }

    deinit { stream.end() }

    /// Queues `stream` as the answer to the request under way on `connection`; false if that failed.
    static func queue(_ stream: EventStream, on connection: Connection, of loop: Loop) -> Bool {
        let source = unsafe Unmanaged.passRetained(StreamSource(stream, connection, loop))  // balanced in `sourceFreed`
        // Of unknown size, so chunked; libmicrohttpd asks for up to 4 KiB at a time.
        let created = unsafe MHD_create_response_from_callback(
            .max, 4096, sourceRead, source.toOpaque(), sourceFreed)
        guard let created = unsafe created else {
            unsafe source.release()
            return false
        }
        unsafe addHeader("Content-Type", EventStream.type, to: created)
        for (name, value) in EventStream.headers { unsafe addHeader(name, value, to: created) }
        let isQueued = unsafe MHD_queue_response(connection.handle, 200, created) == .YES
        // libmicrohttpd keeps a reference of its own while it sends.
        unsafe MHD_destroy_response(created)
        return isQueued
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        switch unsafe stream.take(into: buffer) {
        case .bytes(let count):
            return count
        case .nothing:
            connection.isSuspended = true
            unsafe MHD_suspend_connection(connection.handle)
            return 0
        case .end:
            return -1  // MHD_CONTENT_READER_END_OF_STREAM
        case .overrun:
            loop.cut(connection)
            return -2  // MHD_CONTENT_READER_END_WITH_ERROR
        }
    }
}

/// MHD_ContentReaderCallback.
private func sourceRead(
    _ source: UnsafeMutableRawPointer?, _: UInt64, buffer: UnsafeMutablePointer<CChar>?, size: Int
) -> Int {
    guard let source = unsafe source else { return -1 }
    let bytes = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: buffer == nil ? 0 : size)
    return unsafe Unmanaged<StreamSource>.fromOpaque(source).takeUnretainedValue().read(into: bytes)
}

/// MHD_ContentReaderFreeCallback: the stream has ended or its client has gone. Balances `passRetained` in `queue`.
private func sourceFreed(_ source: UnsafeMutableRawPointer?) {
    guard let source = unsafe source else { return }
    unsafe Unmanaged<StreamSource>.fromOpaque(source).release()
}
