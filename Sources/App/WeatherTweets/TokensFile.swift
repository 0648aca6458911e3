import Gateway
import Glibc

/// Reads the bearer tokens; a file without any is refused, because it would let everyone in.
func readTokens(_ path: String) throws -> Tokens {
    guard let file = unsafe fopen(path, "r") else {
        throw StartError("--tokens-file: \(path): \(unsafe String(cString: strerror(errno)))")
    }
    defer { unsafe fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = unsafe bytes.withUnsafeMutableBytes { unsafe fread($0.baseAddress, 1, $0.count, file) }
    guard count < bytes.count else { throw StartError("--tokens-file: \(path): larger than 1 MiB") }
    let tokens = Tokens(file: String(decoding: bytes[..<count], as: UTF8.self))
    guard !tokens.isEmpty else { throw StartError("--tokens-file: \(path): there is no token in it") }
    return tokens
}
