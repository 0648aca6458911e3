import Glibc
import HTTP
import Lifecycle
import Synchronization
import Testing

@Suite struct LaterTests {
    /// A server whose answers come from the test.
    private func waitingServer(limits: HTTPLimits = HTTPLimits()) throws -> (TestServer, Box<Responder>) {
        let box = Box<Responder>()
        let server = try TestServer(limits: limits) { request in
            box.put(request.responder())
            return .later
        }
        return (server, box)
    }

    private let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func answerFromAnotherThread() throws {
        let (server, box) = try waitingServer()
        let client = try server.client()
        for n in 0..<20 {
            try client.send(get)
            let responder = try #require(box.take())
            responder.send(Response(200, "\(n)", type: "text/plain"))
            #expect(try client.reply().body == "\(n)")
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() throws {
        let (server, box) = try waitingServer()
        let client = try server.client()
        try client.send(get + get + get)
        for n in 0..<3 {
            let responder = try #require(box.take())
            responder.send(Response(200, "\(n)", type: "text/plain"))
            #expect(try client.reply().body == "\(n)")
        }
    }

    @Test func batchAnswersSeveralServers() throws {
        let servers = try [waitingServer(), waitingServer()]
        let clients = try (0..<40).map { try servers[$0 / 20].0.client() }
        for client in clients { try client.send(get) }
        var answers: [(Responder, Response)] = []
        for n in 0..<40 {
            answers.append((try #require(servers[n % 2].1.take()), Response(200, "done", type: "text/plain")))
        }
        Responder.send(answers)
        for client in clients { #expect(try client.reply().body == "done") }
    }

    @Test func droppedResponderAnswers500() throws {
        let server = try TestServer { request in
            _ = request.responder()
            return .later
        }
        let client = try server.client()
        for _ in 0..<2 {
            try client.send(get)
            let reply = try client.reply()
            #expect(reply.status == 500)
            #expect(reply.headers["content-type"] == "application/problem+json")
        }
    }

    @Test func laterWithoutAResponderAnswers500() throws {
        let server = try TestServer { _ in .later }
        let client = try server.client()
        try client.send(get)
        #expect(try client.reply().status == 500)
    }

    @Test func firstAnswerCounts() throws {
        let (server, box) = try waitingServer()
        let client = try server.client()
        try client.send(get + get)
        let first = try #require(box.take())
        first.send(Response(200, "first", type: "text/plain"))
        first.send(Response(200, "again", type: "text/plain"))
        #expect(try client.reply().body == "first")
        let second = try #require(box.take())
        // A late answer to the first request must not reach the second.
        first.send(Response(200, "late", type: "text/plain"))
        second.send(Response(200, "second", type: "text/plain"))
        #expect(try client.reply().body == "second")
    }

    @Test func clientThatLeftIsLetGoWithItsAnswer() throws {
        let (server, box) = try waitingServer()
        do {
            let client = try server.client()
            try client.send(get)
            let responder = try #require(box.take())
            _ = consume client
            responder.send(Response(200, "nobody", type: "text/plain"))
        }
        let client = try server.client()
        try client.send(get)
        try #require(box.take()).send(Response(200, "somebody", type: "text/plain"))
        #expect(try client.reply().body == "somebody")
    }

    @Test(arguments: [1, 127, 128, 129, 256, 384])
    func manySocketsReadyAtOnce(_ count: Int) throws {
        // libmicrohttpd's own thread hangs when exactly n * 128 sockets are ready at once.
        let (server, box) = try waitingServer()
        let clients = try (0..<count).map { _ in try server.client() }
        for round in 0..<3 {
            for client in clients { try client.send(get) }
            let responders = try clients.map { _ in try #require(box.take()) }
            // All at once, so that all clients become ready at once.
            Responder.send(responders.map { ($0, Response(200, "\(round)", type: "text/plain")) })
            for client in clients { #expect(try client.reply().body == "\(round)") }
        }
    }

    @Test func jobsRunOnTheLoopThreadInOrder() throws {
        let server = try TestServer()
        let box = Box<Int>()
        let threads = Mutex<Set<UInt>>([])
        for n in 0..<1000 {
            server.server.perform {
                threads.withLock { _ = $0.insert(UInt(pthread_self())) }
                box.put(n)
            }
        }
        for n in 0..<1000 { #expect(box.take() == n) }
        #expect(threads.withLock { $0.count } == 1)
    }

    @Test func passesEndWithoutTraffic() throws {
        let box = Box<Void>()
        let server = try TestServer(passes: box)
        let start = ContinuousClock.now
        for _ in 0..<10 { try #require(box.take() != nil) }
        #expect(elapsed(since: start) < .seconds(3))
        _ = server
    }
}
