import Glibc

/// A file by its descriptor. Owner: who holds the value; `close` ends it, there is no deinit.
struct File {
    private let descriptor: CInt

    /// Nil with errno when it cannot be opened.
    init?(reading path: String) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
    }

    /// Writes go behind what is there; made with mode 0600 when it is absent. Nil with errno when it cannot be opened.
    init?(appendingTo path: String) {
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
    }

    /// Fills `buffer` from `start` on; 0 at the end, nil with errno when it failed.
    func read(into buffer: inout [UInt8], at start: Int) -> Int? {
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { raw in
                unsafe Glibc.read(descriptor, raw.baseAddress.map { unsafe $0 + start }, raw.count - start)
            }
            if count >= 0 { return count }
            guard errno == EINTR else { return nil }
        }
    }

    /// Writes everything; false with errno when the file does not take it.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { raw in
                unsafe Glibc.write(descriptor, raw.baseAddress.map { unsafe $0 + done }, raw.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// False with errno when what was written could not be kept.
    @discardableResult
    func close() -> Bool { Glibc.close(descriptor) == 0 }

    /// Whether the file is there and may be read; errno tells why not.
    static func isReadable(_ path: String) -> Bool { unsafe access(path, R_OK) == 0 }

    /// A whole file; nil with errno when it cannot be read or is larger than `bytesMax`.
    static func content(_ path: String, bytesMax: Int) -> [UInt8]? {
        guard let file = File(reading: path) else { return nil }
        defer { file.close() }
        var content = [UInt8]()
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while let count = file.read(into: &piece, at: 0) {
            if count == 0 { return content }
            guard content.count + count <= bytesMax else {
                errno = EFBIG
                return nil
            }
            content += piece[..<count]
        }
        return nil
    }
}
