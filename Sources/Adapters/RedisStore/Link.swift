import Lifecycle
import Pipeline
import RESP

/// Why the store could not do it now.
struct StoreTrouble: Error {
    let words: String
    /// Waiting will not mend it: a wrong password, a server that would lose counts.
    var isRefusal = false
}

/// A connection that is made again when it was lost, and looks at the server each time. On its thread only.
struct Link: ~Copyable {
    private var connection: RESPConnection?
    private var isOpen = false
    private let settings: RedisStoreSettings
    private let isWriter: Bool
    private let backoff = Backoff(initial: .milliseconds(50), longest: .seconds(2))
    private var failures = 0
    /// Of `Monotonic`. Before it nothing is tried: a caller's next attempt must not wait for a timeout again.
    private var notBefore: Int64 = 0
    private var trouble = StoreTrouble(words: "not connected")
    /// What the last server said; a writer's only.
    private(set) var facts: ServerFacts?
    private let scriptText: String
    /// The name of the script at the server, once it is open.
    private(set) var script = ""

    /// - Parameters:
    ///   - script: what is run by this connection, in Lua.
    ///   - isWriter: looks whether the server keeps what it is given, and claims its keys.
    init(_ settings: RedisStoreSettings, script: String, isWriter: Bool) {
        (self.settings, self.isWriter, scriptText) = (settings, isWriter, script)
    }

    /// Sends all at once and gives a reply for each; connects before when needed. A lost answer is trouble, too.
    mutating func send(_ commands: [Command]) throws(StoreTrouble) -> [Reply] {
        try open()
        do throws(RESPError) {
            if let replies = try connection?.send(commands) { return replies }
        } catch {
            drop()
            throw StoreTrouble(words: Self.words(error))
        }
        throw StoreTrouble(words: "not connected")
    }

    /// Runs the script once; an error of the server is trouble.
    mutating func run(_ command: (String) -> Command) throws(StoreTrouble) -> Reply {
        try open()
        var reply = try send([command(script)])[0]
        if case .error(let message) = reply, message.hasPrefix("NOSCRIPT") {
            try loadScript()
            reply = try send([command(script)])[0]
        }
        if case .error(let message) = reply { throw Self.trouble(message) }
        return reply
    }

    /// The script was lost: a restart, or somebody's SCRIPT FLUSH.
    mutating func loadScript() throws(StoreTrouble) {
        guard let reply = try send([Command("SCRIPT", "LOAD", scriptText)]).first else { return }
        script = try Self.text(reply)
    }

    /// What is open is closed; the next call connects.
    mutating func drop() {
        connection = nil
        isOpen = false
    }

    /// Connects, unless it is or has to wait.
    mutating func open() throws(StoreTrouble) {
        if isOpen { return }
        guard Monotonic.now >= notBefore else { throw trouble }
        do throws(StoreTrouble) {
            do throws(RESPError) {
                connection = try RESPConnection(to: settings.address, timeout: settings.timeout)
            } catch {
                throw StoreTrouble(words: Self.words(error), isRefusal: error.code == .refused)
            }
            isOpen = true
            try greet()
            failures = 0
        } catch {
            drop()
            failures += 1
            notBefore = Monotonic.now + backoff.pause(after: failures).inNanoseconds
            trouble = error
            throw error
        }
    }

    private mutating func greet() throws(StoreTrouble) {
        guard isWriter else {
            try compareSource(try send([Command("GET", Keys.source)])[0])
            return try loadScript()
        }
        let facts = try look()
        if facts.isLoading { throw StoreTrouble(words: "it is loading its data") }
        if let volatility = facts.volatility, !settings.allowVolatile {
            throw StoreTrouble(words: volatility, isRefusal: true)
        }
        if !settings.source.isEmpty {
            let claim = Command("SET", Keys.source, settings.source, "NX")
            let replies = try send([claim, Command("GET", Keys.source)])
            if case .error(let message) = replies[0] { throw Self.trouble(message) }
            try compareSource(replies[1])
        }
        try loadScript()
        self.facts = facts
    }

    private mutating func look() throws(StoreTrouble) -> ServerFacts {
        let replies = try send([Command("INFO"), Command("CONFIG", "GET", "append*")])
        if case .error(let message) = replies[0] {
            if settings.allowVolatile, message.hasPrefix("NOPERM") { return ServerFacts(info: "", configuration: []) }
            throw Self.trouble(message)
        }
        // A server that others run may not let us ask for its configuration.
        let configuration = replies[1].elements?.map { $0.text ?? "" } ?? []
        return ServerFacts(info: replies[0].text ?? "", configuration: configuration)
    }

    private func compareSource(_ reply: Reply) throws(StoreTrouble) {
        if case .error(let message) = reply { throw Self.trouble(message) }
        guard !settings.source.isEmpty, let found = reply.text, found != settings.source else { return }
        throw StoreTrouble(
            words: "database \(settings.address.database) holds the counts of another pipeline (\(found), not "
                + "\(settings.source)): use the data folder it belongs to, another database, or delete its keys",
            isRefusal: true)
    }

    // MARK: words

    private static func words(_ error: RESPError) -> String {
        error.code == .refused ? "it does not let us in: \(error.message)" : error.message
    }

    /// What an error of the server means to us. None of them leaves half a batch behind.
    static func trouble(_ message: String) -> StoreTrouble {
        switch message.prefix(while: { $0 != " " }) {
        case "NOAUTH", "WRONGPASS", "NOPERM":
            StoreTrouble(words: "it does not let us in: \(message)", isRefusal: true)
        case "WRONGTYPE":
            StoreTrouble(words: "a key \(Keys.tag):… is something else than ours: \(message)", isRefusal: true)
        case "OOM": StoreTrouble(words: "its memory is full ('maxmemory'): \(message)")
        case "MISCONF": StoreTrouble(words: "it cannot write to its disk: \(message)")
        case "READONLY": StoreTrouble(words: "it is a replica, or was made one: \(message)")
        case "LOADING": StoreTrouble(words: "it is loading its data")
        case "BUSY": StoreTrouble(words: "it is busy with somebody's script")
        default: StoreTrouble(words: message)
        }
    }

    private static func text(_ reply: Reply) throws(StoreTrouble) -> String {
        if case .error(let message) = reply { throw trouble(message) }
        guard let text = reply.text else { throw StoreTrouble(words: "an answer that does not fit its command") }
        return text
    }
}
