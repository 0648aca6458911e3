import HTTP
import Synchronization
import Telemetry
import Testing

@Suite struct AdminTests {
    private func client(checks: [AdminEndpoints.Check] = [], metrics: [any Metric] = []) throws -> (HTTPServer, Client)
    {
        let server = HTTPServer(
            name: "admin", address: Address(host: "127.0.0.1", port: 0),
            handler: AdminEndpoints(checks: checks, metrics: metrics), limits: HTTPLimits(), log: TestServer.log)
        try server.start()
        return (server, try Client(server.boundAddress))
    }

    private func get(_ path: String, method: String = "GET") -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: x\r\n\r\n"
    }

    @Test func aliveWhileItAnswers() throws {
        let (server, client) = try client()
        try client.send(get("/healthz"))
        let reply = try client.reply()
        #expect(reply.status == 200)
        #expect(reply.body == "ok\n")
        _ = server
    }

    @Test func readinessNamesWhatIsMissing() throws {
        let problem = Mutex<String?>("connecting to \"a\"")
        let (server, client) = try client(checks: [
            .init("kafka") { problem.withLock { $0 } }, .init("store") { nil },
        ])
        try client.send(get("/readyz"))
        var reply = try client.reply()
        #expect(reply.status == 503)
        #expect(reply.headers["content-type"] == "application/json")
        #expect(reply.body == #"{"ready":false,"checks":{"kafka":"connecting to \"a\"","store":"ok"}}"# + "\n")
        problem.withLock { $0 = nil }
        try client.send(get("/readyz"))
        reply = try client.reply()
        #expect(reply.status == 200)
        #expect(reply.body == #"{"ready":true,"checks":{"kafka":"ok","store":"ok"}}"# + "\n")
        _ = server
    }

    @Test func metricsAreTextWithThoseOfTheProcess() throws {
        let counter = Counter("things_total", "Things.")
        counter.add(3)
        let (server, client) = try client(metrics: [counter])
        try client.send(get("/metrics"))
        let reply = try client.reply()
        #expect(reply.status == 200)
        #expect(reply.headers["content-type"]?.hasPrefix("text/plain; version=0.0.4") == true)
        let lines = reply.body.split(separator: "\n")
        #expect(lines.contains("things_total 3"))
        for name in [
            "process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds",
            "process_start_time_seconds",
        ] {
            let samples = lines.filter { $0.hasPrefix(name + " ") }
            #expect(samples.count == 1)
            #expect(Double(samples.first?.split(separator: " ").last ?? "") ?? 0 > 0, "\(name)")
        }
        let start = lines.first { $0.hasPrefix("process_start_time_seconds ") }?.split(separator: " ").last
        let age = Double(WallTime.now().milliseconds) / 1000 - (Double(start ?? "") ?? 0)
        #expect(age > 0 && age < 3600)
        _ = server
    }

    @Test func serverCountsItself() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.send(get("/") + get("/"))
        _ = (try client.reply(), try client.reply())
        try client.send("POST / HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try client.repliesUntilClosed()
        let text = MetricsText.render(server.server.metrics)
        #expect(text.contains("test_http_requests_total{class=\"2xx\"} 2\n"))
        #expect(text.contains("test_http_requests_total{class=\"4xx\"} 1\n"))
        #expect(text.contains("test_http_refused_framing_total 1\n"))
    }

    @Test func othersAreRefused() throws {
        let (server, client) = try client()
        for (request, status) in [
            (get("/"), 404), (get("/healthz/"), 404), (get("/healthz", method: "DELETE"), 405),
            (get("/metrics", method: "OPTIONS"), 405),
        ] {
            try client.send(request)
            let reply = try client.reply()
            #expect(reply.status == status)
            #expect(reply.headers["content-type"] == "application/problem+json")
            #expect(reply.headers["allow"] == (status == 405 ? "GET, HEAD" : nil))
        }
        for path in ["/healthz", "/readyz", "/metrics"] {
            try client.send(get(path, method: "HEAD"))
            #expect(try client.reply(isHead: true).status == 200)
        }
        _ = server
    }
}
