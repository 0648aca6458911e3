import Synchronization

/// What is published and not answered yet: bounded by number and bytes, so that a slow disk is an answer, not memory.
final class InFlightLimit: Sendable {
    private let publishesMax: Int
    private let bytesMax: Int
    private let publishes = Atomic<Int>(0)
    private let bytes = Atomic<Int>(0)

    init(publishesMax: Int, bytesMax: Int) { (self.publishesMax, self.bytesMax) = (publishesMax, bytesMax) }

    /// False: full. One batch is taken whatever its size.
    func enter(_ size: Int) -> Bool {
        let before = publishes.add(1, ordering: .relaxed).oldValue
        let bytesBefore = bytes.add(size, ordering: .relaxed).oldValue
        guard before == 0 || before < publishesMax && bytesBefore + size <= bytesMax else {
            leave(size)
            return false
        }
        return true
    }

    func leave(_ size: Int) {
        publishes.subtract(1, ordering: .relaxed)
        bytes.subtract(size, ordering: .relaxed)
    }
}
