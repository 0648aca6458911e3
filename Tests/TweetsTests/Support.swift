import Tweets

/// A time of acceptance with the usual thirteen digits.
let noon: Int64 = 1_790_000_000_000

/// What a reader made of a body, in a form that tests compare.
struct Outcome {
    let reading: Reading
    let batch: Batch
    let ids: IDMaker

    var lines: [String] {
        (0..<batch.count).map { String(decoding: batch.bytes[batch.range(of: $0)], as: UTF8.self) }
    }
    var single: TweetID? { if case .single(let id) = reading { id } else { nil } }
    var error: TweetError? { if case .refused(let error) = reading { error } else { nil } }
    var many: (count: Int, rejected: [Rejection], made: (first: TweetID, count: Int)?)? {
        if case .many(let count, let rejected, let made) = reading { (count, rejected, made) } else { nil }
    }
}

func read(
    _ bytes: [UInt8], at time: Int64 = noon, key: TweetID? = nil, limits: ReaderLimits = ReaderLimits(),
    into batch: Batch = Batch()
) -> Outcome {
    var batch = batch
    var ids = IDMaker(session: 1, next: 7)
    let reading = TweetReader(limits: limits).read(bytes.span, acceptedAt: time, key: key, ids: &ids, into: &batch)
    return Outcome(reading: reading, batch: batch, ids: ids)
}

func read(
    _ text: String, at time: Int64 = noon, key: TweetID? = nil, limits: ReaderLimits = ReaderLimits(),
    into batch: Batch = Batch()
) -> Outcome {
    read(Array(text.utf8), at: time, key: key, limits: limits, into: batch)
}

/// An error in words, to compare whole.
struct Words: Equatable, CustomStringConvertible {
    let kind: TweetError.Kind
    let field: String?
    let position: Int
    let message: String

    init(_ kind: TweetError.Kind, _ field: String?, _ position: Int, _ message: String) {
        (self.kind, self.field, self.position, self.message) = (kind, field, position, message)
    }

    init?(_ error: TweetError?) {
        guard let error else { return nil }
        self.init(error.kind, error.field?.description, error.position, error.message.description)
    }

    var description: String { "\(kind) \(field ?? "-") at \(position): \(message)" }
}

/// The canonical form, by plain interpolation.
func canonical(
    _ description: String, _ country: String = "GT", _ weather: String = "rainy",
    id: String = TweetID(session: 1, sequence: 7).description, accepted: Int64 = noon
) -> String {
    #"{"id":"\#(id)","accepted":\#(accepted),"country":"\#(country)","weather":"\#(weather)","#
        + #""description":"\#(description)"}"#
}

/// A tweet as clients write it.
func tweet(
    _ description: String = "Lluvia", _ country: String = "GT", _ weather: String = "Lluvioso", id: String? = nil
)
    -> String
{
    let idMember = id.map { #","id":"\#($0)""# } ?? ""
    return #"{"description":"\#(description)","country":"\#(country)","weather":"\#(weather)"\#(idMember)}"#
}

/// A client's id that says it was made at a time.
func clientID(at time: Int64, tail: UInt64 = 5) -> TweetID {
    TweetID(high: UInt64(time) << 16 | 0x7000 | 0x123, low: 1 << 63 | tail)
}
