package import RESP

/// Which server a store is, and its bounds.
package struct RedisStoreSettings: Sendable {
    package var address: RESPAddress
    /// What is counted into it, such as the name of a leg and of its log. A server that holds the counts of something
    /// else is refused: offsets of another log would skip tweets. Empty: not compared.
    package var source = ""
    /// A server that forgets at a restart, or evicts keys, is taken nevertheless.
    package var allowVolatile = false
    /// Of connecting and of every answer. Then the answer is unknown, and the batch is applied again.
    package var timeout = Duration.seconds(2)
    /// What was seen (blocks of ours, buckets of the clients' ids) goes so long after its last use.
    package var expiry = Duration.seconds(86_400)
    /// Minutes older than this are added up in one field.
    package var minutesKept = Duration.seconds(7 * 86_400)
    /// A script blocks the server for everyone, so a larger batch is counted by several. At most 7,000: Lua takes no
    /// more arguments to one call.
    package var tweetsPerScript = 2000
    /// Batches that may wait; more are refused with `unavailable`.
    package var appliesMax = 64

    package init(address: RESPAddress) { self.address = address }
}

/// Why a server cannot be the store: for an operator, one line.
package struct RedisStoreError: Error, Sendable, CustomStringConvertible {
    package let description: String
}
