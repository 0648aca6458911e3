import Embedded
import Gateway
import HTTP
import Pipeline
import Settings
import Telemetry
import Tweets

/// The settings of each part, from the settings of the command.
extension UpSettings {
    var gateway: GatewaySettings {
        var gateway = GatewaySettings()
        gateway.bodyMax = bodyMax.bytes
        gateway.lagMax = lagMax
        gateway.reader.tweetsMax = tweetsMax
        gateway.reader.windowBackMilliseconds = Int64(idWindowBack / .milliseconds(1))
        gateway.reader.windowAheadMilliseconds = Int64(idWindowAhead / .milliseconds(1))
        gateway.intake.tweetsMax = inFlightTweets
        gateway.intake.bytesMax = inFlightBytes.bytes
        gateway.intake.window = window
        gateway.intake.deadline = deadline
        return gateway
    }

    var dispatch: DispatchMachine.Limits {
        var limits = DispatchMachine.Limits()
        // Room for the groups under way and as many that are being repaired.
        limits.batchesMax = 2 * window
        // A little before the gateway's own deadline, so that the better founded answer comes first.
        limits.deadline = deadline * 9 / 10
        return limits
    }

    var consumer: ConsumerMachine.Limits {
        var limits = ConsumerMachine.Limits()
        limits.tweetsMax = consumerBatch
        limits.linger = consumerLinger
        return limits
    }

    var http: HTTPLimits {
        var limits = HTTPLimits()
        limits.connections = connections
        limits.connectionsPerAddress = connectionsPerAddress
        limits.connectionMemory = headMax.bytes
        limits.bodies = bodiesMax.bytes
        limits.silence = silence
        // Every request has its own answer by then; the server's own 503 would not say what became of it.
        limits.drain = deadline + .seconds(2)
        limits.head = headTimeout
        limits.request = bodyTimeout
        return limits
    }

    func leg(_ name: LegName) -> LegSettings {
        var leg = LegSettings(storage: storageOptions)
        leg.bytesMax = name == .kafka ? logBytes.bytes : queueBytes.bytes
        leg.ageMax = logAge
        leg.deliveryLimit = deliveryLimit
        return leg
    }

    var store: StoreSettings {
        var store = StoreSettings(storage: storageOptions)
        store.expiry = seenExpiry
        return store
    }

    private var storageOptions: StorageOptions { StorageOptions(clock: { Int64(WallTime.now().milliseconds) }) }

    var sink: LogSink {
        // `auto` is none of the formats, so the sink decides.
        LogSink.automatic(minimum: logLevel, format: Log.Format(rawValue: logFormat.rawValue))
    }
}
