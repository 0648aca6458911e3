import Dashboard
import Embedded
import Gateway
import Glibc
import HTTP
import Lifecycle
import Pipeline
import Settings
import Telemetry
import Tweets

/// What an operator must mend before it can start: one line.
struct StartError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Runs `weather-tweets up` until a signal; blocks. The exit code is 0 only when nothing was left behind.
func up(_ settings: UpSettings) -> CInt {
    let log = Log("up", to: settings.sink)
    let pipeline: UpPipeline
    do {
        // Connections, and what the process itself needs.
        do {
            try ProcessFiles.allowOpenFiles(settings.connections + 256)
        } catch {
            throw StartError("--connections: \(error)")
        }
        pipeline = try UpPipeline(settings, log: log)
        try pipeline.start()
    } catch {
        ProcessFiles.write("weather-tweets up: \(error)\n", toErrors: true)
        return 1
    }
    ProcessFiles.write(banner(pipeline, settings))
    let group = ServiceGroup(pipeline.services, drainDeadline: settings.drain) { step in
        switch step {
        case .asked(let service): log.debug("stopping", ["service": .string(service)])
        case .stopped(let service, let error?):
            log.error("failed", ["service": .string(service), "error": .string(error)])
        case .stopped(let service, nil): log.debug("stopped", ["service": .string(service)])
        }
    }
    let stop = Shutdown()
    // The only unstructured task: it ends the process, whichever way the group ends.
    _ = Task.detached {
        let outcome = await group.run(until: stop)
        let (words, code) = farewell(pipeline, outcome)
        ProcessFiles.write(words)
        exit(code)
    }
    StopSignals.wait(requesting: stop)
}

/// The parts of the pipeline, wired, in the order of dependency.
struct UpPipeline: Sendable {
    let folder: DataFolder
    let sides: ByLeg<Side>
    let dispatcher: Dispatcher
    let gateway: Gateway
    let intake: HTTPServer
    let dashboard: DashboardRole
    let page: HTTPServer
    let admin: HTTPServer
    private let doors = Doors()
    private let log: Log

    /// - Parameter entrance: the entrance of a leg, for tests that put a broken one in its place.
    init(
        _ settings: UpSettings, log: Log, entrance: (LegName, any Leg) -> any Leg = { _, leg in leg }
    ) throws {
        self.log = log
        var gatewaySettings = settings.gateway
        if let file = settings.tokensFile { gatewaySettings.tokens = try readTokens(file) }
        let folder = try DataFolder(path: settings.data)
        let sides = try ByLeg { try Side.embedded($0, in: folder, settings, log: log) }
        let dispatcher = Dispatcher(
            legs: ByLeg { entrance($0, sides[$0].leg) }, limits: settings.dispatch,
            clock: monotonicMoment)
        let clock = Gateway.Clock(monotonic: monotonicMoment, wall: { Int64(WallTime.now().milliseconds) })
        let gateway = Gateway(
            settings: gatewaySettings, leg: dispatcher, session: UInt64.random(in: 0...TweetID.sessionMask),
            clock: clock
        ) {
            max(sides.kafka.leg.backlog.lag, sides.rabbitmq.leg.backlog.lag)
        }
        (self.folder, self.sides, self.dispatcher, self.gateway) = (folder, sides, dispatcher, gateway)
        intake = try HTTPServer(
            name: "intake", address: settings.listen.address, handler: gateway, limits: settings.http,
            log: log.named("intake"))
        gateway.attach(to: intake)
        dashboard = DashboardRole(
            legs: ByLeg { sides[$0].dashboardSource },
            account: { GatewayAccount(gateway) }, intake: "http://\(settings.listen.settingText)/input")
        page = try HTTPServer(
            name: "dashboard", address: settings.dashboard.address, handler: dashboard, limits: HTTPLimits(),
            log: log.named("dashboard"))
        let metrics: [any Metric] =
            gateway.metrics.all + intake.metrics + page.metrics + pipelineMetrics(sides, dispatcher)
        admin = try HTTPServer(
            name: "admin", address: settings.admin.address,
            handler: AdminEndpoints(checks: readinessChecks(sides, dispatcher, gateway, doors), metrics: metrics),
            limits: HTTPLimits(), log: log.named("admin"))
    }

    /// Levels the legs, begins to count, opens the doors. Blocks; throws one line. `/readyz` says 503 until it is done.
    func start() throws {
        try admin.start()
        try page.start()
        try level(sides, log: log)
        // Before the consumers: a start that fails for want of the port must not count as a delivery.
        try intake.start()
        for leg in LegName.allCases { sides[leg].consumer.start() }
        doors.open()
    }

    /// Stopped in the reverse order: intake, dispatcher, page, consumers, legs and stores (design, rule 7).
    var services: [any Service] {
        [
            Part("legs and stores") { [sides] in
                await sides.kafka.close()
                await sides.rabbitmq.close()
            },
            admin,
            TickerService(sides: sides, dispatcher: dispatcher),
            Part("consumers") { [sides] in
                await until { LegName.allCases.allSatisfy { sides[$0].isDrained } }
            },
            dashboard,
            page,
            Part("dispatcher") { [dispatcher] in await until { dispatcher.isIdle } },
            intake,
            Part("gateway") { [gateway] in gateway.drain() },
        ]
    }
}

extension Side {
    /// Everything that the leg holds is counted.
    var isDrained: Bool { consumer.isIdle && leg.backlog.lag == 0 }

    var dashboardSource: LegSource {
        LegSource(
            broker: broker, storeName: storeName, store: store, backlog: { [leg] in leg.backlog },
            latency: { [latency] in
                let (bounds, counts) = latency.buckets
                return LatencySample(bounds: bounds.map { $0 * 1000 }, counts: counts.map(UInt64.init(_:)))
            })
    }
}

extension GatewayAccount {
    init(_ gateway: Gateway) {
        let tweets = gateway.metrics.tweets
        self.init(
            accepted: tweets[.stored].value + tweets[.spooled].value, rejected: tweets[.refused].value,
            unknown: tweets[.unknown].value, inFlight: gateway.tweetsInFlight)
    }
}

extension HostPort {
    /// Checked by the table's rules before anything starts.
    var address: Address {
        get throws {
            guard let address = Address(self) else { throw StartError("\(settingText): not an address") }
            return address
        }
    }
}
