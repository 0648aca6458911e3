import HTTP
import Pipeline
import Tweets

/// A request that waits for its answer.
package struct Caller: Sendable {
    enum Shape: Sendable {
        case single(TweetID)
        case many(accepted: Int, rejected: [Rejection], made: (first: TweetID, count: Int)?)
    }

    let responder: Responder
    let shape: Shape
    let arrived: Moment

    var accepted: Int {
        switch shape {
        case .single: 1
        case .many(let accepted, _, _): accepted
        }
    }
}
