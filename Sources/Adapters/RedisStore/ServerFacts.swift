/// What a server says of itself, as far as it matters to counts.
struct ServerFacts: Equatable {
    var product = "redis"
    var version = ""
    var hasAppendOnlyFile = false
    /// `always`, `everysec` or `no`; nil: it does not tell us.
    var fsync: String?
    var isLoading = false
    /// Bytes; 0: no bound.
    var memoryMax = 0
    var evictionPolicy = "noeviction"

    /// From the text of `INFO` and of `CONFIG GET append*`.
    init(info: String, configuration: [String]) {
        for line in info.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            switch parts[0] {
            case "redis_version": if version.isEmpty { version = parts[1] }
            // Valkey also names a version of Redis, for old clients.
            case "valkey_version": (product, version) = ("valkey", parts[1])
            case "aof_enabled": hasAppendOnlyFile = parts[1] == "1"
            case "loading": isLoading = parts[1] == "1"
            case "maxmemory": memoryMax = Int(parts[1]) ?? 0
            case "maxmemory_policy": evictionPolicy = parts[1]
            default: break
            }
        }
        for (name, value) in zip(configuration, configuration.dropFirst()) where name == "appendfsync" { fsync = value }
        if !hasAppendOnlyFile { fsync = nil }
    }

    /// Why counts would be lost in it; nil: they would not.
    var volatility: String? {
        if !hasAppendOnlyFile {
            return "it keeps no append-only file, so a restart loses counts: set 'appendonly yes' in its configuration"
        }
        if memoryMax > 0, evictionPolicy != "noeviction" {
            return "it evicts keys ('maxmemory-policy \(evictionPolicy)'), so tweets could be counted twice: "
                + "set 'maxmemory-policy noeviction'"
        }
        return nil
    }
}
