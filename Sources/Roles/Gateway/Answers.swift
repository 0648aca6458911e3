import HTTP
import Pipeline
import Telemetry
import Tweets

/// What a client gets for what became of its tweets.
enum Answers {
    static func response(to caller: Caller, _ verdict: Intake<Caller>.Verdict, retryAfter: Int) -> Response {
        switch verdict {
        case .stored: Response(200, body(caller), type: "application/json")
        case .spooled: Response(202, body(caller), type: "application/json")
        case .rejected:
            Problem(.refusedByBroker, "a broker refuses a tweet of this request for ever; see the gateway's log")
                .response
        case .unavailable:
            Problem(
                .unavailable, "nothing of it was stored; send the same again after Retry-After", retryAfter: retryAfter
            ).response
        case .unknown:
            Problem(
                .unknown, "send the same again, with the same ids: a tweet is never counted twice under one id",
                retryAfter: retryAfter
            ).response
        }
    }

    /// Written by hand into bytes: one is made for every request.
    static func body(_ caller: Caller) -> [UInt8] {
        var json: [UInt8] = []
        switch caller.shape {
        case .single(let id):
            json.reserveCapacity(64)
            json += #"{"accepted":1,"id":""#.utf8
            json.append(addingCapacity: TweetID.textCount) { id.write(into: &$0) }
            json += #""}"#.utf8
        case .many(let accepted, let rejected, let made):
            json += #"{"accepted":\#(accepted),"ids":"#.utf8
            if let made {
                json += #"{"first":""#.utf8
                json.append(addingCapacity: TweetID.textCount) { made.first.write(into: &$0) }
                json += #"","count":\#(made.count)}"#.utf8
            } else {
                json += "null".utf8
            }
            json += #","rejected":["#.utf8
            for (place, rejection) in rejected.enumerated() {
                if place > 0 { json.append(UInt8(ascii: ",")) }
                json += #"{"index":\#(rejection.index),"error":\#(JSONText.quoted(rejection.error.description))"#.utf8
                if let field = rejection.error.field { json += #","field":"\#(field)""#.utf8 }
                json += #","position":\#(rejection.error.position)}"#.utf8
            }
            json += "]}".utf8
        }
        return json
    }
}
