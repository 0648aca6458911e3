import Pipeline
import TestKit
import Testing
import Tweets

/// Random histories of an intake, compared with a model that keeps nothing but who is where.
@Suite struct IntakeHistoryTests {
    /// Where a request is, as the model knows.
    private enum Place: Equatable {
        case inside
        case underway(group: Int)
        case answered
    }

    private struct History {
        var door = Door { limits in
            (limits.tweetsMax, limits.bytesMax, limits.window) = (60, 700, 2)
            (limits.groupTweets, limits.groupBytes, limits.deadline) = (8, 90, .milliseconds(300))
        }
        var random: SeededRandom
        var now = 0
        var places: [Place] = []
        var sizes: [Int] = []
        var deadlines: [Int] = []
        /// Tweets of groups under way: they count until the group comes back, whoever still waits for it.
        var underway: [Int: Int] = [:]
        var faults: [String] = []

        init(seed: UInt64) { random = SeededRandom(seed: seed) }

        mutating func pick(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

        mutating func add() {
            guard door.intake.refusal() == nil else { return }
            let tweets = pick(1...12)
            door.add(places.count, tweets: tweets, bytes: pick(2...20), at: now)
            places.append(.inside)
            sizes.append(tweets)
            deadlines.append(now + 300)
        }

        mutating func dispatch() {
            while let group = door.intake.next() {
                // Requests leave in the order in which they came, so a group is the next few that are inside.
                var left = group.batch.count
                for caller in places.indices where places[caller] == .inside && left > 0 {
                    places[caller] = .underway(group: group.number)
                    left -= sizes[caller]
                }
                if left != 0 { faults.append("group \(group.number) is not made of whole requests") }
                underway[group.number] = group.batch.count
            }
            if underway.count > 2 { faults.append("\(underway.count) groups are under way") }
        }

        mutating func complete() {
            guard let number = underway.keys.sorted().randomElement(using: &random) else { return }
            underway[number] = nil
            for (caller, verdict) in door.intake.completed(number, .all(.stored), now: at(now)) {
                if places[caller] != .underway(group: number) { faults.append("\(caller) was \(places[caller])") }
                if verdict != .stored { faults.append("\(caller) heard \(verdict)") }
                places[caller] = .answered
            }
            for caller in places.indices where places[caller] == .underway(group: number) {
                faults.append("\(caller) got no answer")
            }
        }

        mutating func expire() {
            for (caller, verdict) in door.intake.expire(now: at(now)) {
                switch (places[caller], verdict) {
                case (.underway, .unknown): if deadlines[caller] > now { faults.append("\(caller) had time") }
                case (.inside, .unavailable): break
                default: faults.append("\(caller) was \(places[caller]) and heard \(verdict)")
                }
                places[caller] = .answered
            }
            for caller in places.indices where places[caller] != .answered && deadlines[caller] <= now {
                faults.append("\(caller) waits beyond its deadline")
            }
        }

        mutating func check() {
            let inside = places.indices.filter { places[$0] == .inside }.reduce(0) { $0 + sizes[$1] }
            let expected = inside + underway.values.reduce(0, +)
            if door.intake.tweetsInFlight != expected {
                faults.append("\(door.intake.tweetsInFlight) tweets in flight, not \(expected)")
            }
        }

        mutating func live() {
            for _ in 0..<400 where faults.isEmpty {
                switch pick(0...9) {
                case 0...4: add()
                case 5, 6: dispatch()
                case 7: complete()
                case 8: expire()
                default: now += pick(0...200)
                }
                check()
            }
            now += 300
            expire()
            while !underway.isEmpty { complete() }
            check()
            if !door.intake.isIdle { faults.append("it is not idle at the end") }
            if let caller = places.firstIndex(where: { $0 != .answered }) { faults.append("\(caller) got no answer") }
        }

        /// How much goes in until the door closes; the same for a new intake and for one that was used and is empty.
        mutating func room() -> Int {
            var bytes = 0
            while door.intake.refusal() == nil {
                door.add(0, bytes: 50, at: now)
                bytes += 50
            }
            return bytes
        }
    }

    @Test func everyRequestIsAnsweredOnceAndTheAccountsReturnToZero() {
        var fresh = History(seed: 0)
        let room = fresh.room()
        for seed in 0..<200 as Range<UInt64> {
            var history = History(seed: seed)
            history.live()
            #expect(history.faults.isEmpty, "seed \(seed): \(history.faults.prefix(3))")
            #expect(history.door.intake.tweetsInFlight == 0, "seed \(seed)")
            #expect(history.room() == room, "seed \(seed): bytes were forgotten")
            if !history.faults.isEmpty { return }
        }
    }
}
