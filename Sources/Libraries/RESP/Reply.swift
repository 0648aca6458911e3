import CHiredis

/// What a server answered to a command.
package enum Reply: Sendable, Equatable {
    case status(String)
    /// The whole message; its first word is what one branches on.
    case error(String)
    case integer(Int64)
    case bytes([UInt8])
    case array([Reply])
    case null

    /// Of bytes and of a status, when they are UTF-8.
    package var text: String? {
        switch self {
        case .status(let text): text
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// Of an integer, and of bytes that are one in digits.
    package var number: Int64? {
        if case .integer(let value) = self { return value }
        return text.flatMap { Int64($0) }
    }

    /// Of an array.
    package var elements: [Reply]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }
}

extension Reply {
    /// Copies a reply of hiredis, whose depth hiredis bounds.
    init(_ reply: UnsafePointer<redisReply>) {
        let value = unsafe reply.pointee
        switch unsafe value.type {
        case REDIS_REPLY_INTEGER: self = unsafe .integer(value.integer)
        case REDIS_REPLY_STATUS: self = unsafe .status(Self.text(value))
        case REDIS_REPLY_ERROR: self = unsafe .error(Self.text(value))
        case REDIS_REPLY_STRING: self = unsafe .bytes(Array(UnsafeRawBufferPointer(start: value.str, count: value.len)))
        case REDIS_REPLY_ARRAY:
            self = .array(
                (0..<(unsafe value.elements)).map { index in
                    guard let element = unsafe value.element[index] else { return .null }
                    return unsafe Reply(element)
                })
        default: self = .null
        }
    }

    private static func text(_ value: redisReply) -> String {
        unsafe String(decoding: UnsafeRawBufferPointer(start: value.str, count: value.len), as: UTF8.self)
    }
}
