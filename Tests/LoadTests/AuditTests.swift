import Testing

@testable import Load

/// The checker against stores that a test wrote and broke: each kind of broken promise must be seen, and named.
@Suite struct AuditTests {
    /// 20 tweets with made ids and two with their own, counted behind both legs; one refused.
    private func good() throws -> AuditFixture {
        let fixture = try AuditFixture()
        fixture.made(100, 20)
        fixture.own(1)
        fixture.own(2, "spooled")
        fixture.own(3, "rejected")
        try fixture.countMade(100, 12)
        try fixture.countOwn(1)
        try fixture.countMade(112, 8)
        try fixture.countOwn(2)
        return fixture
    }

    private func kinds(_ outcome: AuditFixture.Outcome) -> Set<String> {
        Set(FindingKind.allCases.map(\.rawValue).filter { outcome.json.contains(#""kind":"\#($0)""#) })
    }

    @Test func aGoodStoreHolds() throws {
        let outcome = try good().audit()
        #expect(outcome.code == 0, "\(outcome.text)")
        #expect(outcome.text.contains("Holds"))
        #expect(outcome.json.contains(#""verdict":"holds""#))
        #expect(
            outcome.json.contains(
                #""kafka":{"total":22,"counted":22,"pending":0,"dead_letters":0,"unknown_counted":0}"#))
    }

    @Test func lostIsNamed() throws {
        let fixture = try good()
        fixture.made(200, 1)
        try fixture.countMade(200, 1, in: [0])
        let outcome = fixture.audit()
        #expect(outcome.code == 1 && kinds(outcome) == ["lost"], "\(outcome.text)")
        #expect(
            outcome.json.contains(#"{"kind":"lost","leg":"rabbitmq","count":1,"examples":["\#(TestIDs.made(200))"]}"#))
    }

    @Test func lostOwnIDIsNamed() throws {
        let fixture = try good()
        fixture.own(9)
        let outcome = fixture.audit()
        #expect(outcome.code == 1 && kinds(outcome) == ["lost"], "\(outcome.text)")
        #expect(outcome.text.contains(TestIDs.own(9)))
    }

    @Test func doubledByTheJournal() throws {
        let fixture = try good()
        try fixture.countMade(105, 1, in: [0])
        let outcome = fixture.audit()
        #expect(outcome.code == 1 && kinds(outcome).contains("doubled"), "\(outcome.text)")
        #expect(
            outcome.json.contains(#"{"kind":"doubled","leg":"kafka","count":1,"examples":["\#(TestIDs.made(105))"]}"#))
        #expect(!outcome.json.contains(#""kind":"doubled","leg":"rabbitmq""#))
    }

    @Test func doubledOwnID() throws {
        let fixture = try good()
        // The journal has it twice; the table of ids can hold it once only.
        let id = TestIDs.own(1).filter { $0 != "-" }
        try fixture.sql("valkey-counts.db", "INSERT INTO counted_ids VALUES (22, x'\(id)', 10)")
        try fixture.add(1, country: "ES", weather: 2, "valkey-counts.db")
        let outcome = fixture.audit()
        #expect(outcome.code == 1, "\(outcome.text)")
        #expect(
            outcome.json.contains(#"{"kind":"doubled","leg":"rabbitmq","count":1,"examples":["\#(TestIDs.own(1))"]}"#))
    }

    @Test func doubledInTheCountsAlone() throws {
        let fixture = try good()
        try fixture.add(3, country: "GT", weather: 0, "redis-counts.db")
        let outcome = fixture.audit()
        #expect(outcome.code == 1 && kinds(outcome).isSuperset(of: ["doubled", "torn", "sums"]), "\(outcome.text)")
        #expect(outcome.json.contains(#"{"kind":"doubled","leg":"kafka","count":3"#))
    }

    @Test func phantomIsNamed() throws {
        let fixture = try good()
        try fixture.countMade(300, 2, in: [1])
        try fixture.countOwn(77)
        let outcome = fixture.audit()
        #expect(outcome.code == 1 && kinds(outcome) == ["phantom"], "\(outcome.text)")
        #expect(
            outcome.json.contains(#"{"kind":"phantom","leg":"kafka","count":1,"examples":["\#(TestIDs.own(77))"]}"#))
        #expect(
            outcome.json.contains(#"{"kind":"phantom","leg":"rabbitmq","count":3,"examples":["\#(TestIDs.made(300))""#))
        // Others may have written them; then only the two stores are held against each other.
        let shared = fixture.audit(exclusive: false)
        #expect(shared.code == 1 && kinds(shared) == ["unequal"], "\(shared.text)")
    }

    @Test func refusedAndCounted() throws {
        let fixture = try good()
        try fixture.countOwn(3)
        let outcome = fixture.audit()
        #expect(outcome.code == 1 && kinds(outcome) == ["refused"], "\(outcome.text)")
        #expect(outcome.text.contains(TestIDs.own(3)))
    }

    @Test func unavailableAndCountedIsRefusedToo() throws {
        let fixture = try good()
        fixture.own(4, "unavailable")
        try fixture.countOwn(4)
        #expect(kinds(fixture.audit()) == ["refused"])
    }

    @Test func unknownMayBeInBothOrNone() throws {
        let fixture = try good()
        fixture.own(5, "unknown")
        fixture.own(6, "unknown")
        try fixture.countOwn(5)
        let outcome = fixture.audit()
        #expect(outcome.code == 0, "\(outcome.text)")
        #expect(outcome.json.contains(#""unknown_counted":1"#))
    }

    @Test func unknownInOneStoreOnly() throws {
        let fixture = try good()
        fixture.own(5, "unknown")
        try fixture.countOwn(5, in: [1])
        let outcome = fixture.audit()
        #expect(outcome.code == 1 && kinds(outcome) == ["unequal"], "\(outcome.text)")
        #expect(
            outcome.json.contains(#"{"kind":"unequal","leg":"rabbitmq","count":1,"examples":["\#(TestIDs.own(5))"]}"#))
    }

    @Test func whatIsInOneStoreOnlyMayBeOnItsWay() throws {
        let fixture = try good()
        fixture.own(5, "unknown")
        try fixture.countOwn(5, in: [1])
        // It is waited for, and Ctrl-C ends that.
        #expect(fixture.audit(wait: .seconds(30), isStopped: { true }).code == 130)
    }

    @Test func unknownWithoutIDsExplainAsManyMore() throws {
        let fixture = try good()
        fixture.write("unknown", "", countries: "GTGT", weathers: "RR")
        try fixture.countMade(400, 2)
        #expect(fixture.audit().code == 0)
        try fixture.countMade(402, 1)
        let outcome = fixture.audit()
        #expect(outcome.code == 1 && kinds(outcome) == ["phantom"], "\(outcome.text)")
        #expect(outcome.text.contains("up to 2"))
    }

    @Test func unknownWithoutIDsMustBeEqualToo() throws {
        let fixture = try good()
        fixture.write("unknown", "", countries: "GTGT", weathers: "RR")
        try fixture.countMade(400, 1, in: [0])
        let outcome = fixture.audit()
        #expect(outcome.code == 1 && kinds(outcome) == ["unequal"], "\(outcome.text)")
    }

    @Test(arguments: [
        "UPDATE countries SET count = count - 1 WHERE country = 90",
        "UPDATE weathers SET count = count + 1 WHERE weather = 0",
        "UPDATE minutes SET count = count + 1",
        "UPDATE countries SET count = count - 1 WHERE country = 90; INSERT INTO countries VALUES (3, 1)",
    ])
    func countsOffByOne(sql: String) throws {
        #expect(CountryCodes.number(of: "GT") == 90)
        let fixture = try good()
        try fixture.sql("redis-counts.db", sql)
        let outcome = fixture.audit()
        #expect(outcome.code == 1 && kinds(outcome).contains("sums"), "\(outcome.text)")
    }

    @Test func wrongCountriesInBothStoresAreSeenByTheLedger() throws {
        let fixture = try good()
        for store in ["redis-counts.db", "valkey-counts.db"] {
            try fixture.sql(
                store, "UPDATE countries SET count = count - 1 WHERE country = 90; INSERT INTO countries VALUES (3, 1)")
        }
        let outcome = fixture.audit()
        #expect(outcome.code == 1 && kinds(outcome) == ["sums"], "\(outcome.text)")
        #expect(outcome.text.contains("GT: 19 counted, 20 by the ledger"))
    }

    @Test func fingerprintsMustBeEqual() throws {
        let fixture = try good()
        try fixture.sql("redis-counts.db", "UPDATE state SET value = 5 WHERE name = 'fingerprint'")
        #expect(kinds(fixture.audit()) == ["sums"])
    }

    @Test(arguments: [
        // Marked, and not counted: the next delivery would be left out.
        "UPDATE seen SET bits = CAST(x'ff' || substr(bits, 2) AS BLOB)",
        "UPDATE seen SET bits = zeroblob(16384)",
        "UPDATE seen SET bits = zeroblob(10)",
        "DELETE FROM seen",
        "DELETE FROM ids",
        "INSERT INTO ids VALUES (4, x'019ab0000000700080000000000000ff')",
        "INSERT INTO ids VALUES (4, x'01')",
        "UPDATE counted SET position = 40 WHERE position = 13",
        "UPDATE counted SET count = -1 WHERE position = 13",
        "UPDATE counted SET first = -1 WHERE position = 13",
        "UPDATE counted SET first = 9223372036854775807 WHERE position = 13",
        "INSERT INTO countries VALUES (249, 1)",
        "UPDATE state SET value = 21 WHERE name = 'total'",
    ])
    func tornStores(sql: String) throws {
        let fixture = try good()
        try fixture.sql("valkey-counts.db", sql)
        let outcome = fixture.audit()
        #expect(outcome.code == 1 && kinds(outcome).contains("torn"), "\(outcome.text)")
        #expect(!outcome.json.contains(#""kind":"torn","leg":"kafka""#))
    }

    @Test func anIDGivenTwiceByTheGateway() throws {
        let fixture = try good()
        fixture.made(105, 1)
        #expect(kinds(fixture.audit()).contains("reissued"))
    }

    @Test func pendingIsNotLostAndNotDecided() throws {
        let fixture = try good()
        fixture.made(500, 3)
        try fixture.publish(500, 3)
        let outcome = fixture.audit(wait: .milliseconds(1))
        #expect(outcome.code == 2, "\(outcome.text)")
        #expect(outcome.json.contains(#""verdict":"unchecked""#))
        #expect(
            outcome.text.contains("kafka: 3 tweets still wait")
                && outcome.text.contains("rabbitmq: 3 tweets still wait"))
        // The log has counted two of them already.
        try fixture.countMade(500, 2, in: [0])
        try fixture.sql("redis-counts.db", "UPDATE state SET value = 2 WHERE name = 'offset'")
        #expect(fixture.audit().text.contains("kafka: 1 tweets still wait"))
    }

    @Test func whatDrainsInTimeHolds() throws {
        let fixture = try good()
        fixture.made(500, 3)
        try fixture.publish(500, 3)
        try fixture.countMade(500, 3)
        try fixture.sql("redis-counts.db", "UPDATE state SET value = 3 WHERE name = 'offset'")
        // Counted, but the queue does not know it yet: nothing is pending.
        #expect(fixture.audit().code == 0)
        try fixture.sql("rabbitmq-queue.db", "DELETE FROM unsettled")
        #expect(fixture.audit(wait: .seconds(60)).code == 0, "nothing to wait for")
    }

    @Test func deadLettersAreNotLost() throws {
        let fixture = try good()
        fixture.made(600, 1)
        try fixture.countMade(600, 1, in: [0])
        let hex = #"{"id":"\#(TestIDs.made(600))"}"#.utf8.map { String($0, radix: 16) }.joined()
        try fixture.sql("rabbitmq-queue.db", "INSERT INTO dead_letters VALUES (1, 0, 'too often', 0, x'\(hex)')")
        let outcome = fixture.audit()
        #expect(outcome.code == 0, "\(outcome.text)")
        #expect(outcome.json.contains(#""dead_letters":1"#))
    }

    @Test func aRunWithoutEndCannotNamePhantoms() throws {
        let fixture = try good()
        try fixture.countMade(300, 1)
        #expect(fixture.audit(end: false).code == 2)
        fixture.made(700, 1)
        let outcome = fixture.audit(end: false)
        #expect(outcome.code == 1 && kinds(outcome) == ["lost"], "what it does know still counts")
    }

    @Test func anExpiredJournalSaysSo() throws {
        let fixture = try good()
        for store in ["redis-counts.db", "valkey-counts.db"] {
            try fixture.sql(store, "DELETE FROM counted WHERE position = 0; DELETE FROM seen; DELETE FROM ids")
        }
        let outcome = fixture.audit()
        #expect(outcome.code == 2, "\(outcome.text)")
        #expect(outcome.text.contains("older than what the store still remembers"))
    }

    @Test func whatCannotBeReadIsNotDecided() throws {
        let fixture = try good()
        var settings = AuditSettings()
        #expect(AuditFixture.run(settings).code == 64)
        settings.ledgers = ["\(fixture.folder.path)/none"]
        settings.data = fixture.folder.path
        #expect(AuditFixture.run(settings).code == 2)
        settings.ledgers = [fixture.folder.write("bad", "{}\n")]
        #expect(AuditFixture.run(settings).code == 2)
        _ = fixture.audit()
        settings.ledgers = ["\(fixture.folder.path)/ledger"]
        settings.data = "/nowhere"
        #expect(AuditFixture.run(settings).output.contains("No such file"))
        settings.data = fixture.folder.path
        #expect(AuditFixture.run(settings).code == 0)
        try fixture.sql("redis-counts.db", "PRAGMA user_version=2")
        #expect(AuditFixture.run(settings).code == 2)
        _ = fixture.folder.write(
            "redis-counts.db", "this is not a database at all, but a text that is long enough to be read")
        #expect(AuditFixture.run(settings).code == 2)
    }

    @Test func aStopEndsTheWait() throws {
        let fixture = try good()
        try fixture.publish(500, 3)
        _ = fixture.audit()
        var settings = AuditSettings()
        settings.ledgers = ["\(fixture.folder.path)/ledger"]
        settings.data = fixture.folder.path
        settings.wait = .seconds(600)
        #expect(AuditFixture.run(settings) { true }.code == 130)
    }
}
