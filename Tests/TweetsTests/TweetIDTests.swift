import TestKit
import Testing
import Tweets

@Suite struct TweetIDTests {
    @Test func ourIdsAreOneRange() {
        var maker = IDMaker(session: 0x1234_5678_9abc_def0, next: 0xffe)
        let ids = (0..<5).map { _ in maker.make() }
        #expect(ids.map(\.sequence) == [0xffe, 0xfff, 0x1000, 0x1001, 0x1002])
        #expect(ids.allSatisfy { $0.session == 0x1234_5678_9abc_def0 && $0.isOurs && !$0.isClients })
        #expect(maker.next == 0x1003)
        #expect(ids[0].description == "00000000-0000-8ffe-9234-56789abcdef0")
        #expect(ids[2].description == "00000000-0001-8000-9234-56789abcdef0")
    }

    @Test(arguments: [0, 1, 0xfff, 0x1000, 1 << 48, 1 << 60 - 1])
    func sequenceIsKeptWhole(_ sequence: UInt64) {
        let id = TweetID(session: .max, sequence: sequence)
        #expect(id.sequence == sequence)
        #expect(id.session == TweetID.sessionMask)
        #expect(id.version == 8)
        #expect(id.isOurs)
    }

    @Test func whatIsBeyondTheBitsIsCutOff() {
        let id = TweetID(session: 1 << 62 | 5, sequence: 1 << 60 | 9)
        #expect(id == TweetID(session: 5, sequence: 9))
    }

    @Test func textRoundTrip() throws {
        var random = SeededRandom(seed: 1)
        for _ in 0..<500 {
            let id = TweetID(high: random.next(), low: random.next())
            let text = id.description
            #expect(text.utf8.count == 36)
            #expect(text == text.lowercased())
            #expect(TweetID(text) == id)
            #expect(TweetID(text.uppercased()) == id)
        }
        let known = try #require(TweetID("01234567-89ab-7def-8123-456789ABCDEF"))
        #expect(known == TweetID(high: 0x0123_4567_89ab_7def, low: 0x8123_4567_89ab_cdef))
        #expect(known.isClients)
        #expect(known.clientMilliseconds == 0x0123_4567_89ab)
        #expect(known.description == "01234567-89ab-7def-8123-456789abcdef")
    }

    /// Every byte at every place: only a digit where one belongs, only a dash where one belongs.
    @Test func strictAtEveryPlace() {
        let good = Array("01234567-89ab-7def-8123-456789abcdef".utf8)
        for place in good.indices {
            for byte in UInt8.min...UInt8.max {
                var text = good
                text[place] = byte
                let isDash = [8, 13, 18, 23].contains(place)
                let isRight =
                    isDash ? byte == UInt8(ascii: "-") : Character(UnicodeScalar(byte)).isHexDigit && byte < 128
                if (TweetID(text: text.span) != nil) != isRight { Issue.record("byte \(byte) at \(place)") }
            }
        }
        #expect(TweetID(String(decoding: good.dropLast(), as: UTF8.self)) == nil)
        #expect(TweetID(String(decoding: good + [48], as: UTF8.self)) == nil)
        #expect(TweetID("") == nil)
    }

    @Test func variantMatters() {
        #expect(!TweetID(high: 0x7000, low: 0).isClients)
        #expect(!TweetID(high: 0x7000, low: 3 << 62).isClients)
        #expect(!TweetID(high: 0x8000, low: 0).isOurs)
        #expect(!TweetID(high: 0x4000, low: 2 << 62).isClients)
    }

    @Test func writesIntoABuffer() {
        let id = TweetID(session: 1, sequence: 2)
        let bytes = [UInt8](capacity: 40) { output in
            output.append(1)
            id.write(into: &output)
            output.append(2)
        }
        #expect(bytes == [1] + Array(id.description.utf8) + [2])
    }
}
