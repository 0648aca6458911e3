// The target of libFuzzer: whatever the bytes are, the reader neither crashes nor reads beyond them, and keeps its
// promises. Compiled together with the sources of `Tweets` by `Fuzz/run`.

/// Everything that must hold; a broken promise traps, which the fuzzer reports with the bytes that did it.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // A copy on the heap, so that the address sanitizer sees the first byte read behind it.
    let body = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
    checkBody(body, key: nil)
    // The last byte of the time lets the fuzzer find ids inside and outside the window.
    checkBody(body, key: TweetID(high: UInt64(fuzzTime) << 16 | 0x7000, low: 1 << 63 | UInt64(body.last ?? 0)))
    checkRecords(body)
    checkWords(body)
    return 0
}

/// The time inside the id of the corpus.
private let fuzzTime: Int64 = 1_790_000_000_000

private func checkBody(_ body: [UInt8], key: TweetID?) {
    var batch = Batch()
    batch.append("before".utf8)
    let before = batch
    var ids = IDMaker(session: 3, next: 5)
    var limits = ReaderLimits()
    limits.tweetsMax = 50
    let reading = TweetReader(limits: limits).read(body.span, acceptedAt: fuzzTime, key: key, ids: &ids, into: &batch)
    let added: Int
    switch reading {
    case .refused(let error):
        precondition(batch == before && ids.next == 5, "a refused body left something behind")
        precondition((0...body.count).contains(error.position), "a position outside the body")
        return
    case .single(let id):
        precondition(key == nil || id == key)
        added = 1
    case .many(let count, let rejected, let made):
        precondition(key == nil && count + rejected.count <= 50)
        precondition(made?.count ?? 0 <= count && Int(ids.next) - 5 == made?.count ?? 0)
        precondition(rejected.allSatisfy { $0.error.kind == .invalid && $0.error.position < body.count })
        added = count
    }
    precondition(batch.count == 1 + added, "the count is wrong")
    checkCanonical(batch, from: 1)
}

/// What the reader wrote is canonical: the consumer takes all of it, it is its own canonical form, and it is UTF-8.
private func checkCanonical(_ batch: Batch, from first: Int) {
    var columns = Columns()
    var unreadable = 0
    TweetReader().columns(of: batch, into: &columns) { index, _ in
        precondition(index < first, "the consumer refuses what the gateway wrote")
        unreadable += 1
    }
    precondition(columns.count == batch.count - unreadable && unreadable == first)
    precondition(Batch(lines: batch.bytes) == batch, "a newline inside a tweet")
    precondition(String(validating: batch.bytes, as: UTF8.self) != nil, "not UTF-8")
    for index in first..<batch.count {
        let line = Array(batch.bytes[batch.range(of: index)])
        var (again, ids) = (Batch(), IDMaker(session: 3))
        let column = index - first
        let time = columns.accepted[column]
        let reading = TweetReader().read(line.span, acceptedAt: time, ids: &ids, into: &again)
        // Ids of ours are refused at the door, and for nothing else.
        guard columns.ids[column].isClients else {
            guard case .refused(let error) = reading, error.field?.description == "id" else { preconditionFailure() }
            continue
        }
        precondition(again.bytes == line + [10], "not its own canonical form")
    }
}

/// The consumer meets arbitrary bytes: it takes only what reads as a tweet at the door as well.
private func checkRecords(_ bytes: [UInt8]) {
    let batch = Batch(lines: bytes)
    precondition(batch.bytes.count == bytes.count + (bytes.last ?? 10 == 10 ? 0 : 1))
    var columns = Columns()
    var (readable, unreadable) = ([Int](0..<batch.count), 0)
    TweetReader().columns(of: batch, into: &columns) { index, error in
        readable.removeAll { $0 == index }
        precondition(error.position <= batch.range(of: index).count)
        unreadable += 1
    }
    precondition(columns.count + unreadable == batch.count)
    for (column, index) in readable.enumerated() {
        precondition(columns.ids[column].isOurs || columns.ids[column].isClients)
        var (again, ids) = (Batch(), IDMaker(session: 3))
        let line = Array(batch.bytes[batch.range(of: index)])
        if case .refused(let error) = TweetReader().read(line.span, acceptedAt: 0, ids: &ids, into: &again) {
            let field = error.field?.description
            precondition(error.kind == .invalid && (field == "id" || field == "description"))
        }
    }
}

/// The values alone: what is read is written as it was read, but for its case.
private func checkWords(_ bytes: [UInt8]) {
    if let id = TweetID(text: bytes.span) {
        precondition(Array(id.description.utf8) == bytes.map { (65...70).contains($0) ? $0 | 0x20 : $0 })
    }
    if let country = Country(text: bytes.span) {
        precondition(Country(country.alpha2) == country && Country(country.alpha3) == country)
    }
    if let weather = Weather(text: bytes.span) {
        precondition(Weather(text: weather.name.description.utf8.span) == weather)
    }
}
