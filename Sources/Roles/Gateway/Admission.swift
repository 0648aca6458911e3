package import HTTP
import Pipeline
import Synchronization
import Telemetry
import Tweets

/// What is decided before a body is read.
extension Gateway {
    package func admit(_ head: Request) -> Admission {
        guard head.path == "/input" else { return Pages.admission(of: head) }
        guard head.method == "POST" else {
            var problem = Problem(.methodNotAllowed, "send tweets with POST")
            problem.headers = [("Allow", "POST")]
            return .refuse(counted(problem))
        }
        guard settings.tokens.isEmpty || settings.tokens.admit(head.header("Authorization")) else {
            var problem = Problem(
                .unauthorized, "send the header 'Authorization: Bearer TOKEN' with a token of this gateway")
            problem.headers = [("WWW-Authenticate", "Bearer")]
            return .refuse(counted(problem))
        }
        if let type = head.header("Content-Type"), !Self.isJSON(type) {
            return .refuse(
                counted(
                    Problem(.unsupportedType, "send application/json or application/x-ndjson in UTF-8, not compressed"))
            )
        }
        if let coding = head.header("Content-Encoding"), coding.lowercased() != "identity" {
            return .refuse(counted(Problem(.unsupportedType, "send the body without Content-Encoding")))
        }
        let (isDraining, behind, full) = state.withLock { ($0.isDraining, $0.behind, $0.intake.refusal()) }
        if isDraining {
            return .refuse(
                counted(Problem(.unavailable, "this gateway is stopping; nothing of it was stored", retryAfter: 1)))
        }
        if let behind {
            return .refuse(
                counted(Problem(.behind, "counting is behind; nothing of it was stored", retryAfter: behind)))
        }
        if let full { return .refuse(counted(Self.overloaded(full))) }
        return .read(limit: settings.bodyMax)
    }

    /// 413, as a document of ours.
    package var tooLarge: Response {
        counted(Problem(.tooLarge, "a body may have \(settings.bodyMax) bytes; send fewer tweets at once"))
    }

    /// 503, as a document of ours.
    package var tooManyBodies: Response {
        counted(Problem(.overloaded, "too many bodies are being read; nothing of it was stored", retryAfter: 1))
    }

    private func counted(_ problem: Problem) -> Response {
        metrics.requests.add(1, problem.kind.status == 429 || problem.kind.status == 503 ? .unavailable : .refused)
        return problem.response
    }

    /// JSON in any of the names that clients use, in UTF-8.
    static func isJSON(_ contentType: String) -> Bool {
        let parts = contentType.lowercased().split(separator: ";").map { $0.trimmingSpaces() }
        guard let type = parts.first else { return true }
        let isKnown =
            type == "application/json" || type == "application/x-ndjson" || type == "application/ndjson"
            || type == "application/jsonl" || type == "text/json"
            || (type.hasPrefix("application/") && type.hasSuffix("+json"))
        let charsets = parts.dropFirst().filter { $0.hasPrefix("charset=") }.map { $0.dropFirst("charset=".count) }
        return isKnown && charsets.allSatisfy { ["utf-8", "utf8", "\"utf-8\"", "us-ascii"].contains(String($0)) }
    }

    /// The id that the header gives to a single tweet.
    func idempotencyKey(of request: Request) -> Result<TweetID?, ProblemError> {
        guard let text = request.header("Idempotency-Key") else { return .success(nil) }
        // The draft of the header makes it a quoted string; most clients send it bare.
        let bare =
            text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
        let bytes = Array(bare.utf8)
        guard let id = TweetID(text: bytes.span), id.version == 7 else {
            return .failure(ProblemError(Problem(.invalid, "the header must be a UUIDv7", field: "Idempotency-Key")))
        }
        return .success(id)
    }
}

/// A problem as a Swift error.
struct ProblemError: Error {
    let problem: Problem
    init(_ problem: Problem) { self.problem = problem }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        let head = drop { $0 == " " || $0 == "\t" }
        guard let last = head.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return head }
        return head[...last]
    }
}
