import Pipeline
import Testing
import Tweets

@testable import Dashboard

@Suite struct SummaryTests {
    private func summary(_ snapshot: StoreSnapshot) -> String {
        let found = Look.Leg(snapshot: snapshot, isReadable: true, backlog: Backlog(lag: 4, deadLetters: 1))
        let summary = Summary(
            look: Look(
                legs: ByLeg(kafka: found, rabbitmq: found), account: GatewayAccount(accepted: 9)),
            finding: Finding(verdict: .pending, reason: .inFlight, count: 4),
            legs: ByLeg { _ in
                Summary.Leg(broker: "embedded \"log\"", store: "counts", rate: 1.5, latency: (p50: 2.25, p99: nil))
            }, intake: "http://127.0.0.1:8080/input")
        return String(decoding: summary.json, as: UTF8.self)
    }

    @Test func theShapeIsThatOfTheContract() {
        let leg =
            #"{"total":3,"countries":{"AD":1,"ZW":2},"weather":{"rainy":3,"cloudy":0,"sunny":0},"rate":1.5,"lag":4,"#
            + #""deadLetters":1,"latency":{"p50":2.25,"p99":null},"broker":"embedded \"log\"","store":"counts","#
            + #""readable":true,"recent":[]}"#
        let audit =
            #"{"verdict":"pending","reason":"inFlight","detail":"4 tweets are on their way; then both sides are "#
            + #"compared.","difference":0,"count":4,"leg":null,"accepted":9,"rejected":0,"unknown":0,"inFlight":0}"#
        var snapshot = StoreSnapshot.counting(3)
        (snapshot.countries[0], snapshot.countries[Country.count - 1]) = (1, 2)
        #expect(
            summary(snapshot)
                == #"{"legs":{"kafka":\#(leg),"rabbitmq":\#(leg)},"audit":\#(audit),"#
                + #""intake":"http://127.0.0.1:8080/input"}"#
        )
    }

    @Test func theLastTweetsComeNewestFirstAndOnlyAsCanonicalJSON() {
        let tweets = (0..<12).map { StoreSnapshot.tweet("Lluvia \\\"\($0)\\\" <script>", sequence: $0) }
        #expect(Summary.newest(of: tweets) == Array(tweets.reversed().prefix(Summary.recentMax)))
        let broken = [
            Array(#"{"id":"#.utf8), Array(#"{},"audit":{"verdict":"ok"}"#.utf8), [0xff], [], Array("{}\n{}".utf8),
        ]
        #expect(Summary.newest(of: broken + [tweets[0]]) == [tweets[0]])
    }
}
