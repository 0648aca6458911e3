import CMicroHTTPD
import Glibc

/// Where a request ends, according to its headers.
///
/// libmicrohttpd 0.9.75 lets Transfer-Encoding beat Content-Length, takes the first of two lengths, reads an unknown
/// coding to the end of the connection and takes `Transfer-Encoding : chunked` for an unknown header. A proxy in front
/// that reads the same bytes differently lets a client smuggle a request past it (RFC 9112, section 11.2), so all of it
/// is refused.
struct Framing {
    /// In words for the client.
    enum Fault: String {
        case badName = "A header's name has a character that names must not have."
        case badCoding = "The only transfer coding understood here is chunked."
        case ambiguousLength = "The length of the body is given more than once."
        /// libmicrohttpd appends what stands on the next line to the name: "Transfer-Encodingchunked".
        case folded = "The framing of a body must not be folded into several lines."
        case badHost = "A request has exactly one Host."
        case codingInOldVersion = "HTTP/1.0 has no transfer codings."
        case lengthRequired = "A body needs a Content-Length or a chunked coding."
    }

    private(set) var length = 0
    private var lengths = 0
    private var codings = 0
    private var hosts = 0
    private var fault: Fault?

    init() {}

    init(of connection: OpaquePointer) {
        unsafe MHD_get_connection_values_n(connection, .HEADER_KIND, headerSeen, &self)
    }

    /// A body follows, if only an empty one.
    var hasBody: Bool { length > 0 || codings > 0 }

    /// What is wrong with the whole head; nil if its end is certain.
    func fault(method: String, isOldVersion: Bool) -> Fault? {
        if let fault { return fault }
        if lengths + codings > 1 { return .ambiguousLength }
        if hosts > 1 || hosts == 0 && !isOldVersion { return .badHost }
        if codings > 0 && isOldVersion { return .codingInOldVersion }
        // "No body" to libmicrohttpd; then the body of a client that thinks otherwise would be the next request.
        if lengths + codings == 0, method == "POST" || method == "PUT" || method == "PATCH" { return .lengthRequired }
        return nil
    }

    /// Every header of the request, in order.
    mutating func see(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
        if unsafe !name.allSatisfy(Self.isTokenByte) { fault = .badName }
        switch name.count {
        case 4 where unsafe Self.equal(name, "host"):
            hosts += 1
        case 14 where unsafe Self.equal(name, "content-length"):
            lengths += 1
            // libmicrohttpd has refused what is no number; one that does not fit is over every limit.
            length = unsafe Int(String(decoding: value, as: UTF8.self)) ?? .max
        case 17 where unsafe Self.equal(name, "transfer-encoding"):
            codings += 1
            if unsafe !Self.equal(value, "chunked") { fault = .badCoding }
        case 15... where unsafe Self.equal(Self.prefix(name, 14), "content-length"),
            18... where unsafe Self.equal(Self.prefix(name, 17), "transfer-encoding"):
            fault = .folded
        default:
            break
        }
    }

    /// The characters of a header's name: RFC 9110, section 5.6.2.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "^"), UInt8(ascii: "`"),
            UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default:
            false
        }
    }

    private static func prefix(_ bytes: UnsafeBufferPointer<UInt8>, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(rebasing: bytes.prefix(count))
    }

    /// Ignores the case of ASCII letters; `lowercase` is in lower case.
    private static func equal(_ bytes: UnsafeBufferPointer<UInt8>, _ lowercase: StaticString) -> Bool {
        guard bytes.count == lowercase.utf8CodeUnitCount, let start = bytes.baseAddress else { return false }
        return unsafe strncasecmp(start, lowercase.utf8Start, bytes.count) == 0
    }
}

extension Framing.Fault {
    /// Closes the connection: what follows on it cannot be told from a request.
    var response: Response {
        self == .lengthRequired
            ? .problem(411, "Length Required", detail: rawValue, closes: true)
            : .problem(400, "Bad Request", detail: rawValue, closes: true)
    }
}

/// Called by `MHD_get_connection_values_n` for each header, during the call.
private func headerSeen(
    _ framing: UnsafeMutableRawPointer?, _: MHD_ValueKind, name: UnsafePointer<CChar>?, nameSize: Int,
    value: UnsafePointer<CChar>?, valueSize: Int
) -> MHD_Result {
    guard let framing = unsafe framing?.assumingMemoryBound(to: Framing.self) else { return .NO }
    let name = unsafe UnsafeRawBufferPointer(start: name, count: nameSize).assumingMemoryBound(to: UInt8.self)
    let value = unsafe UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueSize)
    unsafe framing.pointee.see(name, value.assumingMemoryBound(to: UInt8.self))
    return .YES
}
