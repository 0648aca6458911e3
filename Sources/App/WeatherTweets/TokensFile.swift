import Gateway
import Lifecycle

/// Reads the bearer tokens; a file without any is refused, because it would let everyone in.
func readTokens(_ path: String) throws -> Tokens {
    let bytes: [UInt8]
    do {
        bytes = try ProcessFiles.read(path, bytesMax: 1 << 20)
    } catch {
        throw StartError("--tokens-file: \(error)")
    }
    let tokens = Tokens(file: String(decoding: bytes, as: UTF8.self))
    guard !tokens.isEmpty else { throw StartError("--tokens-file: \(path): there is no token in it") }
    return tokens
}
