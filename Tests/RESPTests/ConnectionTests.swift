import RESP
import Testing

@Suite struct ConnectionTests {
    private func connect(
        _ server: ScriptedServer, password: String? = nil, timeout: Duration = .seconds(5)
    ) throws(RESPError) -> RESPConnection {
        var address = RESPAddress(host: "127.0.0.1", port: server.port)
        address.password = password
        return try RESPConnection(to: address, timeout: timeout)
    }

    /// What one exchange gives: its replies, or its error.
    private func exchange(
        _ steps: ScriptedServer.Step..., commands: [Command] = [Command("PING")], timeout: Duration = .seconds(5)
    ) throws -> Result<[Reply], RESPError> {
        let server = steps.count == 1 ? try ScriptedServer(steps[0]) : try ScriptedServer(steps[0], steps[1])
        var connection = try connect(server, timeout: timeout)
        do throws(RESPError) {
            return .success(try connection.send(commands))
        } catch {
            // The connection is gone, and says so.
            #expect(throws: RESPError.self) { try connection.send(commands) }
            return .failure(error)
        }
    }

    @Test func everyKindOfReplyIsRead() throws {
        let text = "*7\r\n+OK\r\n-ERR no\r\n:-5\r\n$3\r\na\0b\r\n$-1\r\n*0\r\n*1\r\n$0\r\n\r\n"
        let replies = try exchange(.answer(text)).get()
        #expect(
            replies == [
                .array([
                    .status("OK"), .error("ERR no"), .integer(-5), .bytes([97, 0, 98]), .null, .array([]),
                    .array([.bytes([])]),
                ])
            ])
    }

    @Test func argumentsAreAnyBytes() throws {
        let server = try ScriptedServer(.answer("+OK\r\n+OK\r\n"), .close)
        do {
            var connection = try connect(server)
            var command = Command("SET", "k y")
            command.add([0x61, 0x0d, 0x0a])
            command.add([])
            command.add(-12)
            let replies = try connection.send([command, Command("PING")])
            #expect(replies == [.status("OK"), .status("OK")])
        }
        let expected = "*5\r\n$3\r\nSET\r\n$3\r\nk y\r\n$3\r\na\r\n\r\n$0\r\n\r\n$3\r\n-12\r\n*1\r\n$4\r\nPING\r\n"
        #expect(server.text == expected)
    }

    @Test func aServerThatClosesIsAnError() throws {
        guard case .failure(let error) = try exchange(.answer("$10\r\nabc"), .close) else {
            Issue.record("half a reply is none")
            return
        }
        #expect(error.code == .closed)
    }

    @Test func whatIsNotTheProtocolIsAnError() throws {
        guard case .failure(let error) = try exchange(.answer("HTTP/1.1 200 OK\r\n\r\n")) else {
            Issue.record("that is HTTP")
            return
        }
        #expect(error.code == .malformed)
    }

    @Test func silenceEndsWithTheTimeout() throws {
        guard case .failure(let error) = try exchange(.silence, timeout: .milliseconds(100)) else {
            Issue.record("there was no answer")
            return
        }
        #expect(error.code == .timeout)
    }

    @Test func nobodyThereIsAnError() {
        var port = 0
        do { port = try ScriptedServer(.close).port } catch { Issue.record(error) }
        // Its listener is closed by now, or by the time that the next attempt comes.
        let address = RESPAddress(host: "127.0.0.1", port: port)
        for _ in 0..<1000 {
            do throws(RESPError) {
                var connection = try RESPConnection(to: address, timeout: .seconds(1))
                _ = try connection.send([Command("PING")])
            } catch  where error.code == .inputOutput && error.message.contains("refused") {
                return
            } catch {}
        }
        Issue.record("somebody listens")
    }

    @Test(arguments: ["WRONGPASS invalid", "ERR unknown command 'AUTH', with args beginning with: 'pa55word'"])
    func aRefusalNeverShowsThePassword(message: String) throws {
        let server = try ScriptedServer(.answer("-\(message)\r\n"), .close)
        let error = #expect(throws: RESPError.self) { _ = try connect(server, password: "pa55word") }
        #expect(error?.code == .refused)
        #expect(error.map { "\($0)" }?.contains("pa55word") == false)
        #expect(server.text.contains("pa55word"))
    }
}
