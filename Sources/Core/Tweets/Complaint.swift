/// The members of a tweet's object that mean something.
enum Field: UInt8 {
    case description
    case country
    case weather
    case id

    var name: StaticString {
        switch self {
        case .description: "description"
        case .country: "country"
        case .weather: "weather"
        case .id: "id"
        }
    }
}

/// Everything that can be wrong.
enum Complaint: UInt8 {
    case empty, trailing, notAContainer, notAnObject, value, key, colon, commaOrBrace, commaOrBracket, newline
    case literal, number, depth, unterminated, control, escape, surrogate, utf8
    case tooMany, batchFull, notCanonical
    case missing, repeated, notAString, emptyText, longText, country, weather, uuid, notVersion7, tooOld, ahead
    case keyNotVersion7, keyDiffers, keyForMany

    var words: StaticString {
        switch self {
        case .empty: "the body is empty"
        case .trailing: "expected the end of the body"
        case .notAContainer: "expected an object or an array"
        case .notAnObject: "expected an object"
        case .value: "expected a value"
        case .key: "expected a name in double quotes"
        case .colon: "expected ':' after a name"
        case .commaOrBrace: "expected ',' or '}' after a value"
        case .commaOrBracket: "expected ',' or ']' after a value"
        case .newline: "expected the end of the body, or a newline before the next object"
        case .literal: "expected true, false or null"
        case .number: "not a number as JSON writes it"
        case .depth: "nested deeper than 64 levels"
        case .unterminated: "the string does not end"
        case .control: "a control character in a string must be escaped"
        case .escape: "not an escape of JSON"
        case .surrogate: "half of a surrogate pair"
        case .utf8: "not UTF-8"
        case .tooMany: "more tweets than one request may bring"
        case .batchFull: "no room left in the batch"
        case .notCanonical: "not the canonical form of a tweet"
        case .missing: "is missing"
        case .repeated: "is given twice"
        case .notAString: "must be a string"
        case .emptyText: "must not be empty"
        case .longText: "is too long"
        case .country: "is not a country code of ISO 3166-1"
        case .weather: "must be rainy, cloudy or sunny (Lluvioso, Nublado, Soleado)"
        case .uuid: "is not a UUID"
        case .notVersion7: "must be a UUIDv7"
        case .tooOld: "was made too long ago"
        case .ahead: "was made in the future"
        case .keyNotVersion7: "in Idempotency-Key must be a UUIDv7"
        case .keyDiffers: "differs from Idempotency-Key"
        case .keyForMany: "in Idempotency-Key is for a single tweet"
        }
    }
}
