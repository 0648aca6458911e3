import Pipeline

extension Finding {
    /// The finding in a sentence, for those who read the JSON; the page has its own, in its own languages.
    func sentence(_ look: Look) -> String {
        let more = difference >= 0 ? LegName.kafka : .rabbitmq
        let excess = "\(more.rawValue) has \(abs(difference)) more"
        let unknown = look.account.unknown
        return switch reason {
        case .agree: "Both legs have counted the same \(look.legs.kafka.settled) tweets, each exactly once."
        case .nothing: "Nothing is counted yet, and nothing is on its way."
        case .inFlight: "\(count) tweets are on their way; then both sides are compared."
        case .counting: "Counts have just changed; both sides are compared when they rest."
        case .unreadable: "The store of \(name) does not answer, so nothing can be compared."
        case .unknownOutcome:
            "\(excess). \(unknown) tweets got no certain answer and may come again with the same id."
        case .inconsistent:
            "In the store of \(name) the sums by country, by weather and by minute do not agree with its total."
        case .difference: "\(excess), and nothing is on its way."
        case .content: "Both legs have counted \(look.legs.kafka.settled), but not the same tweets."
        }
    }

    private var name: String { leg?.rawValue ?? "" }
}
