import Glibc

/// Why a server could not start, in words for the person who started it.
package struct HTTPError: Error, Hashable, CustomStringConvertible {
    /// What was asked for.
    package let address: Address
    /// Continues a sentence that begins with the address.
    package let reason: String

    init(_ address: Address, _ reason: String) { (self.address, self.reason) = (address, reason) }

    init(_ address: Address, errno code: CInt) {
        let reason =
            switch code {
            case EADDRINUSE: "is in use by another process"
            case EADDRNOTAVAIL: "is not an address of this machine"
            case EACCES: "needs privileges that this process does not have"
            case EAFNOSUPPORT: "is of a kind that this machine does not speak"
            default: unsafe "cannot be listened on: \(String(cString: strerror(code)))"
            }
        self.init(address, reason)
    }

    package var description: String { "\(address) \(reason)" }
}
