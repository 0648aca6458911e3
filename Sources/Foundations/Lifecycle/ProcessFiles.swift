import Glibc

/// What a program does with the files that it was started with.
package enum ProcessFiles {
    /// Why a file or a limit cannot be used, in the words of the system.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Writes all of it to standard output, or to standard error; what a closed pipe does not take is lost. Blocks.
    package static func write(_ text: String, toErrors isError: Bool = false) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let file = isError ? STDERR_FILENO : STDOUT_FILENO
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// The whole of a small file, for the start of a process. Blocks.
    package static func read(_ path: String, bytesMax: Int) throws(Failure) -> [UInt8] {
        guard let file = unsafe fopen(path, "r") else { throw Failure(description: "\(path): \(systemError())") }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: bytesMax + 1)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe fread($0.baseAddress, 1, $0.count, file) }
        guard unsafe ferror(file) == 0 else { throw Failure(description: "\(path): \(systemError())") }
        guard count <= bytesMax else { throw Failure(description: "\(path): larger than \(bytesMax) bytes") }
        return Array(bytes[..<count])
    }

    /// Allows the process so many open files: the usual soft limit is 1,024, and a process may raise it to the hard
    /// one.
    package static func allowOpenFiles(_ count: Int) throws(Failure) {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0, limit.rlim_cur < UInt(count) else { return }
        guard limit.rlim_max >= UInt(count) else {
            throw Failure(description: "\(count) open files are needed, the limit is \(limit.rlim_max) (ulimit -Hn)")
        }
        limit.rlim_cur = UInt(count)
        guard unsafe setrlimit(resource, &limit) == 0 else { throw Failure(description: systemError()) }
    }

    private static func systemError() -> String { unsafe String(cString: strerror(errno)) }
}
