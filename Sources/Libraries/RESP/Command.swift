/// A command and its arguments, each of any bytes, one behind the other.
package struct Command: Sendable {
    private(set) var bytes: [UInt8] = []
    private(set) var lengths: [Int] = []

    package init(_ words: String...) { for word in words { add(word) } }

    /// Adds an argument.
    package mutating func add(_ text: String) {
        let before = bytes.count
        bytes.append(contentsOf: text.utf8)
        lengths.append(bytes.count - before)
    }

    /// Adds an argument, in digits.
    package mutating func add(_ number: some BinaryInteger) { add(String(number)) }

    /// Adds an argument.
    package mutating func add(_ argument: [UInt8]) {
        bytes.append(contentsOf: argument)
        lengths.append(argument.count)
    }
}
