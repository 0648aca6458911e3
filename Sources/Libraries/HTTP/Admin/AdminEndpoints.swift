package import Telemetry

/// What an operator and a scraper ask of every process: `/healthz`, `/readyz`, `/metrics`.
package struct AdminEndpoints: HTTPHandler {
    /// One thing that must work before traffic is sent here.
    package struct Check: Sendable {
        let name: String
        let problem: @Sendable () -> String?

        /// - Parameter problem: what is wrong in words, nil if nothing is. Called on the loop thread; must not block.
        package init(_ name: String, _ problem: @escaping @Sendable () -> String?) {
            (self.name, self.problem) = (name, problem)
        }
    }

    private let checks: [Check]
    private let metrics: [any Metric]
    private let alive = Response(200, "ok\n", type: "text/plain; charset=utf-8")
    private let wrongMethod = Response.methodNotAllowed(allow: "GET, HEAD")

    /// - Parameter metrics: those of the process itself are added to them.
    package init(checks: [Check], metrics: [any Metric]) {
        self.checks = checks
        self.metrics = metrics + ProcessMetrics.all
    }

    package func admit(_ request: Request) -> Admission {
        guard ["/healthz", "/readyz", "/metrics"].contains(request.path) else { return .refuse(.notFound) }
        guard request.method == "GET" || request.method == "HEAD" else { return .refuse(wrongMethod) }
        return .read(limit: 0)
    }

    package func respond(to request: Request) -> Answer {
        switch request.path {
        case "/healthz": .now(alive)
        case "/readyz": .now(readiness())
        case "/metrics": .now(Response(200, MetricsText.render(metrics), type: MetricsText.contentType))
        default: .now(.notFound)
        }
    }

    private func readiness() -> Response {
        let problems = checks.map { ($0.name, $0.problem()) }
        let isReady = problems.allSatisfy { $0.1 == nil }
        let fields = problems.map { "\(JSONText.quoted($0.0)):\(JSONText.quoted($0.1 ?? "ok"))" }.joined(separator: ",")
        return Response(
            isReady ? 200 : 503, "{\"ready\":\(isReady),\"checks\":{\(fields)}}\n", type: "application/json",
            headers: [("Cache-Control", "no-store")])
    }
}
