import HTTP
import Pipeline
import Telemetry
import Testing

@testable import Dashboard

/// The role behind a real server. One at a time: their clients block the threads that Swift has for tests.
@Suite(.serialized) final class DashboardRoleTests {
    private let stores = ByLeg { _ in FakeStore() }
    private let role: DashboardRole
    private let server: HTTPServer

    init() throws {
        let legs = ByLeg { [stores] leg in
            LegSource(
                broker: "embedded \(leg.rawValue)", storeName: "fake", store: stores[leg],
                backlog: { Backlog(lag: 0, deadLetters: 0) }, latency: { LatencySample(bounds: [1], counts: [0, 0]) })
        }
        role = DashboardRole(legs: legs, account: { GatewayAccount() }, intake: "http://127.0.0.1:8080/input")
        server = HTTPServer(
            name: "dashboard", address: Address(host: "127.0.0.1", port: 0), handler: role, limits: HTTPLimits(),
            log: Log("test", to: LogSink(minimum: .error, format: .text)))
        try role.start()
        try server.start()
    }

    deinit {
        server.stop()
        role.stop()
    }

    private func client() -> Client { Client(port: server.boundAddress.port) }

    private func count(_ total: Int, recent: [[UInt8]] = []) {
        var snapshot = StoreSnapshot.counting(total)
        snapshot.recent = recent
        for leg in LegName.allCases { stores[leg].set(snapshot) }
    }

    @Test(arguments: [
        ("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript"),
        ("/texts.js", "text/javascript"),
    ])
    func thePageComesWithAStrictPolicy(path: String, type: String) {
        let (head, body) = client().request("GET", path)
        #expect(head.hasPrefix("HTTP/1.1 200 "))
        #expect(head.contains("Content-Type: \(type); charset=utf-8\r\n"))
        #expect(head.contains("Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self';"))
        #expect(head.contains("X-Content-Type-Options: nosniff\r\n"))
        #expect(body.utf8.count > 1000)
        #expect(!body.contains("unsafe-inline") && !body.contains(" style=\"") && !body.contains("innerHTML"))
    }

    @Test func otherPathsAndMethodsAreProblems() {
        let client = client()
        for path in ["/nothing", "/page.js/", "//", "/api/summary/x", "/%2f"] {
            let (head, body) = client.request("GET", path)
            #expect(head.hasPrefix("HTTP/1.1 404 "))
            #expect(head.contains("application/problem+json") && body.contains(#""status":404"#))
        }
        for method in ["POST", "DELETE"] {
            let (head, _) = self.client().request(method, "/api/summary")
            #expect(head.hasPrefix("HTTP/1.1 4"))
        }
        let (head, _) = self.client().request("DELETE", "/")
        #expect(head.hasPrefix("HTTP/1.1 405 ") && head.contains("Allow: GET, HEAD\r\n"))
    }

    @Test func headIsAnswered() {
        for path in ["/", "/api/summary"] {
            let (head, body) = client().request("HEAD", path)
            #expect(head.hasPrefix("HTTP/1.1 200 ") && body.isEmpty)
        }
    }

    @Test func nobodyIsToldOfATimeBeforeHeAsked() {
        let client = client()
        #expect(client.request("GET", "/api/summary").body.contains(#""kafka":{"total":0,"#))
        count(41)
        let (head, body) = client.request("GET", "/api/summary")
        #expect(head.contains("Cache-Control: no-store\r\n") && head.contains("Content-Type: application/json\r\n"))
        #expect(body.contains(#""kafka":{"total":41,"countries":{"AD":41},"weather":{"rainy":41,"#))
        #expect(body.contains(#""broker":"embedded rabbitmq","store":"fake""#))
    }

    @Test func manyRequestsAreFewLooks() {
        let before = stores.kafka.asked
        let clients = (0..<20).map { _ in client() }
        for client in clients { client.send("GET", "/api/summary") }
        for client in clients { #expect(client.read(until: "\"intake\"").contains(#""total":0"#)) }
        #expect(stores.kafka.asked - before <= 4)
    }

    @Test func aStreamBeginsWithThePastAndTellsWhatIsNew() {
        let client = client()
        client.send("GET", "/events")
        #expect(client.read(until: "event: history\n").contains("Content-Type: text/event-stream"))
        #expect(client.read(until: "\n\n").contains(#"data: {"kafka":["#))
        #expect(client.read(until: "\n\n").contains(#""kafka":{"total":0,"#))
        let tweet = StoreSnapshot.tweet("</script><script>alert(1)</script>")
        count(5, recent: [tweet])
        let news = client.read(until: #""kafka":{"total":5"#) + client.read(until: "\n\n")
        #expect(news.contains("event: summary\n"))
        #expect(news.contains(String(decoding: tweet, as: UTF8.self)))
        #expect(client.read(until: "event: rate\n").contains("event: rate"))
    }

    @Test func aStreamIsQuietWhileNothingChanges() {
        let client = client()
        client.send("GET", "/events")
        // The second rate is 0 where the first was unknown; what lies between it and the third is all that was said
        // then.
        _ = client.read(until: "event: rate\n")
        _ = client.read(until: "event: rate\n")
        #expect(!client.read(until: "event: rate\n").contains("event: summary"))
    }

    @Test func aSilentStoreDoesNotHoldTheOtherUp() {
        count(3)
        let client = client()
        #expect(client.request("GET", "/api/summary").body.contains(#""rabbitmq":{"total":3,"#))
        stores.rabbitmq.setSilent(true)
        stores.kafka.set(.counting(8))
        let body = client.request("GET", "/api/summary").body
        #expect(body.contains(#""kafka":{"total":8,"#))
        #expect(body.contains(#""rabbitmq":{"total":3,"#), "the last known figures")
        #expect(body.contains(#""readable":false"#) && body.contains(#""reason":"unreadable""#))
        stores.rabbitmq.setSilent(false)
    }

    @Test func stoppingEndsStreamsAndAnswersWhoWaits() async {
        let (watcher, asker) = (client(), client())
        watcher.send("GET", "/events")
        _ = watcher.read(until: "event: summary\n")
        for leg in LegName.allCases { stores[leg].setSilent(true) }
        // A look that will not end: who asks now has to wait.
        let before = stores.kafka.asked
        while stores.kafka.asked == before { await Task.yield() }
        asker.send("GET", "/api/summary")
        _ = client().request("GET", "/")
        role.stop()
        await role.stopped()
        #expect(asker.read(until: "\r\n").hasPrefix("HTTP/1.1 503 "))
        #expect(watcher.read(until: "0\r\n\r\n").hasSuffix("0\r\n\r\n"))
        #expect(client().request("GET", "/api/summary").head.hasPrefix("HTTP/1.1 503 "))
        #expect(client().request("GET", "/events").head.hasPrefix("HTTP/1.1 503 "))
    }
}
