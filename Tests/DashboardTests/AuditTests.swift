import Pipeline
import Testing

@testable import Dashboard

@Suite struct AuditTests {
    private func leg(
        _ total: Int, fingerprint: UInt64? = nil, lag: Int = 0, dead: Int = 0, isReadable: Bool = true
    ) -> Look.Leg {
        Look.Leg(
            snapshot: .counting(total, fingerprint: fingerprint), isReadable: isReadable,
            backlog: Backlog(lag: lag, deadLetters: dead))
    }

    private func look(_ kafka: Look.Leg, _ rabbitmq: Look.Leg, unknown: Int = 0, inFlight: Int = 0) -> Look {
        Look(
            legs: ByLeg(kafka: kafka, rabbitmq: rabbitmq),
            account: GatewayAccount(unknown: unknown, inFlight: inFlight))
    }

    /// What the last of the looks led to.
    private func finding(_ looks: Look...) -> Finding? {
        var audit = Audit()
        return looks.map { audit.judge($0) }.last
    }

    private func atRest(_ look: Look) -> Finding? { finding(look, look) }

    @Test func twoLegsThatCountedTheSameAreOK() {
        #expect(atRest(look(leg(7), leg(7))) == Finding(verdict: .ok, reason: .agree))
        #expect(atRest(look(leg(0), leg(0))) == Finding(verdict: .ok, reason: .nothing))
    }

    @Test func oneLookIsNotEnough() {
        #expect(finding(look(leg(7), leg(7))) == Finding(verdict: .pending, reason: .counting))
        #expect(finding(look(leg(6), leg(6)), look(leg(7), leg(6)))?.reason == .counting)
    }

    @Test func whatIsOnItsWayIsPendingAndCounted() {
        #expect(
            atRest(look(leg(7), leg(4, lag: 3)))
                == Finding(verdict: .pending, reason: .inFlight, difference: 3, count: 3))
        #expect(atRest(look(leg(7, lag: 5), leg(7, lag: 2), inFlight: 10))?.count == 15)
        #expect(atRest(look(leg(7), leg(7), inFlight: 1))?.verdict == .pending)
    }

    @Test func aLostTweetIsViolatedOnceAllIsAtRest() {
        #expect(atRest(look(leg(7), leg(5))) == Finding(verdict: .violated, reason: .difference, difference: 2))
        #expect(atRest(look(leg(5), leg(7)))?.difference == -2)
    }

    @Test func otherTweetsInTheSameNumberAreViolated() {
        #expect(
            atRest(look(leg(7, fingerprint: 1), leg(7, fingerprint: 2)))
                == Finding(verdict: .violated, reason: .content))
    }

    @Test func aDeadLetterIsSettledAndHidesTheFingerprints() {
        #expect(atRest(look(leg(7), leg(6, fingerprint: 9, dead: 1)))?.verdict == .ok)
        #expect(atRest(look(leg(7), leg(5, dead: 1)))?.verdict == .violated)
    }

    @Test func sumsThatDoNotAgreeAreViolatedEvenUnderLoad() {
        var broken = leg(7, lag: 100)
        broken.snapshot.minutesTotal = 6
        #expect(finding(look(leg(7), broken)) == Finding(verdict: .violated, reason: .inconsistent, leg: .rabbitmq))
    }

    @Test func aStoreThatDoesNotAnswerIsPending() {
        let found = atRest(look(leg(7), leg(3, isReadable: false)))
        #expect(found == Finding(verdict: .pending, reason: .unreadable, leg: .rabbitmq))
    }

    @Test func unknownOutcomesExplainAsMuchAsTheyAre() {
        #expect(atRest(look(leg(7), leg(5), unknown: 2))?.reason == .unknownOutcome)
        #expect(atRest(look(leg(7, fingerprint: 1), leg(7, fingerprint: 2), unknown: 2))?.reason == .unknownOutcome)
        #expect(atRest(look(leg(7), leg(4), unknown: 2))?.verdict == .violated)
    }

    @Test func everyReasonHasASentence() {
        for reason in Finding.Reason.allCases {
            let sentence = Finding(verdict: .ok, reason: reason, leg: .kafka).sentence(look(leg(1), leg(1)))
            #expect(sentence.hasSuffix("."))
        }
    }
}
