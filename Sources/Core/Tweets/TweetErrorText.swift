extension TweetError: CustomStringConvertible {
    /// For a person, without the position: "country is not an ISO 3166-1 code".
    package var description: String {
        if let field { "\(field) \(message)" } else { "\(message)" }
    }
}
