import CHiredis
import Glibc

/// One connection to a Redis or Valkey server, through hiredis.
///
/// Owner: the value; it is not copyable. One thread: the one that made it, because hiredis is not thread-safe and
/// because the signal of a broken pipe is blocked there. After an error the context of hiredis is freed and every
/// further call fails: what was sent is of unknown outcome, and a new connection is needed.
@safe
package struct RESPConnection: ~Copyable {
    private var context: UnsafeMutablePointer<redisContext>?

    /// Connects, says who we are and selects the database. Blocks.
    ///
    /// A connection to a stopped process succeeds, because the kernel answers for it; only a reply proves a server.
    /// - Parameter timeout: of connecting, and then of each wait for the server.
    /// - Throws: `refused` when the server lets us not in. No error ever holds the password.
    package init(to address: RESPAddress, timeout: Duration) throws(RESPError) {
        // hiredis writes with `write(2)`. A pending SIGPIPE of a thread that blocks it harms nobody.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGPIPE)
        unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)

        guard let made = unsafe redisConnectWithTimeout(address.host, CInt(address.port), timeout.timeval) else {
            throw RESPError(RESPError.Code(rawValue: REDIS_ERR_OOM), "no memory for a connection")
        }
        unsafe context = made
        guard unsafe made.pointee.err == REDIS_OK else { throw failure("cannot connect") }
        guard unsafe redisSetTimeout(made, timeout.timeval) == REDIS_OK else { throw failure("cannot set a timeout") }
        // Without, a peer that vanished while we are silent would be noticed by the next command only.
        unsafe redisEnableKeepAlive(made)
        try enter(address)
    }

    deinit { if let context = unsafe context { unsafe redisFree(context) } }

    private mutating func enter(_ address: RESPAddress) throws(RESPError) {
        if let password = address.password {
            var command = Command("AUTH")
            if let user = address.user { command.add(user) }
            command.add(password)
            // Servers that know no AUTH or no user repeat the arguments in their error.
            try expectEntry(command) { $0.replacing(password, with: "***") }
        }
        guard address.database != 0 else { return }
        try expectEntry(Command("SELECT", String(address.database))) { $0 }
    }

    private mutating func expectEntry(_ command: Command, _ words: (String) -> String) throws(RESPError) {
        if case .error(let message)? = try send([command]).first { throw RESPError(.refused, words(message)) }
    }

    /// Sends all commands at once and waits for all replies, in order; an error of the server is a reply. Blocks.
    package mutating func send(_ commands: [Command]) throws(RESPError) -> [Reply] {
        for command in commands { try append(command) }
        var replies: [Reply] = []
        replies.reserveCapacity(commands.count)
        for _ in commands { replies.append(try receive()) }
        return replies
    }

    /// hiredis copies the arguments into its buffer.
    private mutating func append(_ command: Command) throws(RESPError) {
        guard let context = unsafe context else { throw RESPError(.closed, "the connection was lost") }
        let rc = unsafe command.bytes.withUnsafeBytes { bytes in
            var place = 0
            var arguments: [UnsafePointer<CChar>?] = unsafe []
            unsafe arguments.reserveCapacity(command.lengths.count)
            for length in command.lengths {
                let start = unsafe bytes.baseAddress.map { unsafe $0 + place }
                unsafe arguments.append(start?.assumingMemoryBound(to: CChar.self))
                place += length
            }
            return unsafe redisAppendCommandArgv(
                context, CInt(command.lengths.count), &arguments, command.lengths)
        }
        guard rc == REDIS_OK else { throw failure("cannot send") }
    }

    private mutating func receive() throws(RESPError) -> Reply {
        guard let context = unsafe context else { throw RESPError(.closed, "the connection was lost") }
        var reply: UnsafeMutableRawPointer?
        guard unsafe redisGetReply(context, &reply) == REDIS_OK, let reply = unsafe reply else {
            throw failure("no answer")
        }
        defer { unsafe freeReplyObject(reply) }
        return unsafe Reply(reply.assumingMemoryBound(to: redisReply.self))
    }

    /// What hiredis says of its last call; frees the context, which is of no more use.
    ///
    /// "Once an error is returned the context cannot be reused": <https://github.com/redis/hiredis#errors>.
    private mutating func failure(_ what: StaticString) -> RESPError {
        let cause = errno
        guard let context = unsafe self.context else { return RESPError(.closed, "\(what)") }
        let code = unsafe context.pointee.err
        let text = unsafe withUnsafeBytes(of: &context.pointee.errstr) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        unsafe redisFree(context)
        unsafe self.context = nil
        if code == REDIS_ERR_IO, [EAGAIN, ETIMEDOUT, EINPROGRESS].contains(cause) {
            return RESPError(.timeout, "\(what): nothing within the timeout")
        }
        return RESPError(.init(rawValue: code), "\(what): \(text.isEmpty ? "error \(code)" : text)")
    }
}

extension Duration {
    fileprivate var timeval: Glibc.timeval {
        let (seconds, attoseconds) = components
        return Glibc.timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    }
}
