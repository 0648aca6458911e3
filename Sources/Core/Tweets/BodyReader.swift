/// Reads one body: its outer form, and what becomes of each element.
struct BodyReader {
    private var scanner: Scanner
    private let limits: ReaderLimits
    private let acceptedAt: Int64
    private let accepted: Decimal
    private let key: TweetID?

    private var elements = 0
    private var stored = 0
    private var rejected: [Rejection] = []
    private var firstMade: TweetID?
    private var made = 0

    init(scanner: Scanner, limits: ReaderLimits, acceptedAt: Int64, key: TweetID?) {
        (self.scanner, self.limits, self.key) = (scanner, limits, key)
        self.acceptedAt = min(max(acceptedAt, 0), Canonical.acceptedMax)
        accepted = Decimal(UInt64(self.acceptedAt))
    }

    mutating func read(_ ids: inout IDMaker, _ batch: inout Batch) throws(TweetError) -> Reading {
        guard scanner.source.count <= Batch.bytesMax else { throw TweetError(.tooMany, .batchFull, at: 0) }
        scanner.skipSpace()
        switch scanner.next {
        case UInt8(ascii: "{"): return try lines(&ids, &batch)
        case UInt8(ascii: "["): return try array(&ids, &batch)
        default:
            let start = scanner.at
            guard start < scanner.source.count else { throw TweetError(.empty, at: start) }
            try scanner.skipValue(depth: 0)
            try end()
            throw TweetError(.invalid, .notAContainer, at: start)
        }
    }

    /// One object, or one a line.
    private mutating func lines(_ ids: inout IDMaker, _ batch: inout Batch) throws(TweetError) -> Reading {
        let first = try element(depth: 0, key: key, &ids, &batch)
        while true {
            let newline = scanner.skipLines()
            if scanner.at == scanner.source.count { break }
            guard newline else { throw TweetError(.newline, at: scanner.at) }
            _ = try element(depth: 0, key: nil, &ids, &batch)
        }
        return elements == 1 ? .single(try first.get()) : try many()
    }

    private mutating func array(_ ids: inout IDMaker, _ batch: inout Batch) throws(TweetError) -> Reading {
        scanner.at += 1
        scanner.skipSpace()
        if scanner.next == UInt8(ascii: "]") {
            scanner.at += 1
        } else {
            var isOpen = true
            while isOpen {
                scanner.skipSpace()
                _ = try element(depth: 1, key: nil, &ids, &batch)
                scanner.skipSpace()
                isOpen = scanner.next == UInt8(ascii: ",")
                guard isOpen || scanner.next == UInt8(ascii: "]") else {
                    throw TweetError(.commaOrBracket, at: scanner.at)
                }
                scanner.at += 1
            }
        }
        try end()
        return try many()
    }

    private mutating func end() throws(TweetError) {
        scanner.skipSpace()
        guard scanner.at == scanner.source.count else { throw TweetError(.trailing, at: scanner.at) }
    }

    private func many() throws(TweetError) -> Reading {
        guard key == nil else { throw TweetError(.invalid, .keyForMany, .id, at: 0) }
        return .many(count: stored, rejected: rejected, made: firstMade.map { ($0, made) })
    }
}

extension BodyReader {
    /// Reads one element, and stores or rejects it.
    @inline(always)
    private mutating func element(
        depth: Int, key: TweetID?, _ ids: inout IDMaker, _ batch: inout Batch
    ) throws(TweetError) -> Result<TweetID, TweetError> {
        let start = scanner.at
        guard elements < limits.tweetsMax else { throw TweetError(.tooMany, .tooMany, at: start) }
        elements += 1
        guard scanner.next == UInt8(ascii: "{") else {
            try scanner.skipValue(depth: depth)
            return reject(TweetError(.invalid, .notAnObject, at: start))
        }
        scanner.at += 1
        var draft = Draft(start: start)
        try scanner.tweet(into: &draft, descriptionMax: limits.descriptionMax, depth: depth + 1)
        if draft.id != nil || key != nil { checkID(of: &draft, key) }
        guard draft.error == nil, let country = draft.country, let weather = draft.weather else {
            return reject(draft.error ?? TweetError(.invalid, .notAnObject, at: start))
        }
        let id = draft.id ?? key ?? make(&ids)
        let isAdded = batch.append(
            id: id, accepted: accepted, country: country, weather: weather, text: draft.text, from: scanner)
        guard isAdded else { throw TweetError(.tooMany, .batchFull, at: start) }
        stored += 1
        return .success(id)
    }

    private mutating func make(_ ids: inout IDMaker) -> TweetID {
        let id = ids.make()
        if made == 0 { firstMade = id }
        made += 1
        return id
    }

    private mutating func reject(_ error: TweetError) -> Result<TweetID, TweetError> {
        rejected.append(Rejection(index: elements - 1, error: error))
        return .failure(error)
    }

    /// The client's own id must say of itself when it was made, within the window in which a repetition is recognized.
    private func checkID(of draft: inout Draft, _ key: TweetID?) {
        if let id = draft.id {
            if let complaint = complaint(about: id) { draft.note(complaint, .id, at: draft.idPosition) }
        }
        guard let key else { return }
        switch complaint(about: key) {
        case .notVersion7: draft.note(.keyNotVersion7, .id, at: draft.start)
        case let complaint?: draft.note(complaint, .id, at: draft.start)
        case nil: if let id = draft.id, id != key { draft.note(.keyDiffers, .id, at: draft.idPosition) }
        }
    }

    private func complaint(about id: TweetID) -> Complaint? {
        guard id.isClients else { return .notVersion7 }
        let age = acceptedAt - id.clientMilliseconds
        if age > limits.windowBackMilliseconds { return .tooOld }
        return age < -limits.windowAheadMilliseconds ? .ahead : nil
    }
}
