package import HTTP
import Telemetry
package import Tweets

/// An RFC 9457 problem document. `type` is stable: clients may branch on it.
package struct Problem: Sendable {
    /// What went wrong; the raw value is the end of `type`.
    package enum Kind: String, CaseIterable, Sendable {
        case malformed
        case invalid
        case tooLarge = "too-large"
        case unsupportedType = "unsupported-media-type"
        case unauthorized
        case notFound = "not-found"
        case methodNotAllowed = "method-not-allowed"
        case overloaded
        case behind
        case unavailable
        case unknown
        case refusedByBroker = "refused-by-broker"

        /// The HTTP status.
        package var status: Int {
            switch self {
            case .malformed: 400
            case .unauthorized: 401
            case .notFound: 404
            case .methodNotAllowed: 405
            case .tooLarge: 413
            case .unsupportedType: 415
            case .invalid, .refusedByBroker: 422
            case .behind: 429
            case .overloaded, .unavailable, .unknown: 503
            }
        }

        /// The same for every problem of this kind.
        package var title: String {
            switch self {
            case .malformed: "The body is not JSON"
            case .invalid: "The body is not a weather tweet"
            case .tooLarge: "The body is too large"
            case .unsupportedType: "The body is not of a type that is read here"
            case .unauthorized: "A bearer token is needed"
            case .notFound: "There is nothing here"
            case .methodNotAllowed: "This method is not allowed here"
            case .overloaded: "Too much is under way"
            case .behind: "Counting is behind"
            case .unavailable: "There is no durable place now"
            case .unknown: "It is not known whether it was stored"
            case .refusedByBroker: "A broker refuses it"
            }
        }
    }

    package var kind: Kind
    /// For a person: what happened and what to do.
    package var detail: String
    /// What is wrong, where the client can find it.
    package var field: String?
    /// Byte offset in the body.
    package var position: Int?
    package var retryAfter: Int?
    package var headers: [(String, String)] = []

    /// - Parameters: see the properties.
    package init(_ kind: Kind, _ detail: String, field: String? = nil, position: Int? = nil, retryAfter: Int? = nil) {
        self.kind = kind
        self.detail = detail
        self.field = field
        self.position = position
        self.retryAfter = retryAfter
    }

    /// Of a body that was refused.
    package init(_ error: TweetError) {
        let kind: Kind =
            switch error.kind {
            case .malformed: .malformed
            case .invalid: .invalid
            case .tooMany: .tooLarge
            }
        self.init(kind, error.description, field: error.field.map(String.init(describing:)), position: error.position)
    }

    /// The document, with `Retry-After` where it says when.
    package var response: Response {
        var json =
            #"{"type":"urn:weather-tweets:problem:"# + kind.rawValue + #"","title":"# + JSONText.quoted(kind.title)
        json += #","status":\#(kind.status),"detail":"# + JSONText.quoted(detail)
        if let field { json += #","field":"# + JSONText.quoted(field) }
        if let position { json += #","position":\#(position)"# }
        if kind == .unknown { json += #","outcome":"unknown""# }
        if let retryAfter { json += #","retryAfter":\#(retryAfter)"# }
        json += "}"
        var headers = headers
        if let retryAfter { headers.append(("Retry-After", String(retryAfter))) }
        return Response(kind.status, json, type: "application/problem+json", headers: headers)
    }
}
