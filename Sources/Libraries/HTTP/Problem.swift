import Telemetry

/// Errors as documents of RFC 9457, `application/problem+json`.
extension Response {
    /// - Parameters:
    ///   - title: the same for every problem of this type.
    ///   - detail: what is wrong with this request.
    ///   - problemType: a URI that names the type; "about:blank" says that the status says it all.
    package static func problem(
        _ status: Int, _ title: String, detail: String, problemType: String = "about:blank",
        headers: [(String, String)] = [], closes: Bool = false
    ) -> Response {
        let body =
            "{\"type\":\(JSONText.quoted(problemType)),\"title\":\(JSONText.quoted(title)),"
            + "\"status\":\(status),\"detail\":\(JSONText.quoted(detail))}"
        return Response(status, body, type: "application/problem+json", headers: headers, closes: closes)
    }

    /// 404.
    package static let notFound = problem(404, "Not Found", detail: "There is nothing at this path.")

    /// 405 with `Allow`.
    package static func methodNotAllowed(allow methods: String) -> Response {
        problem(
            405, "Method Not Allowed", detail: "This path answers \(methods) only.", headers: [("Allow", methods)])
    }

    /// What the server itself answers.
    static let unanswered = problem(500, "Internal Server Error", detail: "The request was dropped without an answer.")
    static let stopping = problem(503, "Service Unavailable", detail: "The server is stopping.", closes: true)
    /// For those who still wait at the end: their handler had the request and may have done it.
    static let leftBehind = Response(
        503,
        #"{"type":"about:blank","title":"Service Unavailable","status":503,"#
            + #""detail":"The server ended before the answer was there.","outcome":"unknown"}"#,
        type: "application/problem+json", closes: true)
    static let tooManyBodies = problem(
        503, "Service Unavailable", detail: "Too many bodies are being read; send the same again.",
        headers: [("Retry-After", "1")], closes: true)
    static let tooLarge = problem(413, "Content Too Large", detail: "The body is over the limit.", closes: true)
}
