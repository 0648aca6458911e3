import Synchronization

/// Answers one request, from any thread, once: later answers are ignored, as are answers to a client that has gone.
/// Dropped unanswered, it answers 500.
package final class Responder: Sendable {
    private let ticket: Ticket
    private let inbox: Inbox
    private let isSpent = Atomic(false)

    init(_ ticket: Ticket, _ inbox: Inbox) { (self.ticket, self.inbox) = (ticket, inbox) }

    deinit {
        if !isSpent.load(ordering: .acquiring) { inbox.post(.answer(ticket, .unanswered)) }
    }

    /// Never blocks.
    package func send(_ response: Response) {
        if spend() { inbox.post(.answer(ticket, response)) }
    }

    /// Answers many at the price of one: one lock and at most one wake-up, if they are of one server.
    package static func send(_ answers: some Collection<(Responder, Response)>) {
        guard var inbox = answers.first?.0.inbox else { return }
        var jobs: [Job] = []
        jobs.reserveCapacity(answers.count)
        for (responder, response) in answers where responder.spend() {
            if responder.inbox !== inbox {
                inbox.post(jobs)
                jobs.removeAll(keepingCapacity: true)
                inbox = responder.inbox
            }
            jobs.append(.answer(responder.ticket, response))
        }
        inbox.post(jobs)
    }

    private func spend() -> Bool { !isSpent.exchange(true, ordering: .acquiringAndReleasing) }
}
