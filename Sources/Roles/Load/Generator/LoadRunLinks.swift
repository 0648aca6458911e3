import Lifecycle

// The connections of a run: what happens on a socket, and what it means for the request on it.
extension LoadRun {
    /// Deadlines: what is late, what may be tried again.
    func sweep(_ now: Int64) {
        for slot in slots {
            switch slot.link {
            case .down(let until): if now >= until, !isIdleForGood(slot) { connect(slot, now) }
            case .connecting(let since): if now - since > timeout { connectFailed(slot, SocketError(errno: 110), now) }
            case .up: break
            }
            switch slot.work {
            case .none: break
            case .waiting(let until): if now >= until, slot.link == .up, !isInterrupted { transmit(slot, now) }
            case .sending, .receiving: if now - slot.request.sentAt > timeout { lost(slot, "timeout", now) }
            }
        }
    }

    /// When no more request begins, a connection without one is not needed again.
    private func isIdleForGood(_ slot: Slot) -> Bool { slot.work == .none && (ended != nil || isInterrupted) }

    private func connect(_ slot: Slot, _ now: Int64) {
        switch Socket.connecting(to: target) {
        case .failure(let error): connectFailed(slot, error, now)
        case .success(let socket):
            do {
                try poller.add(socket.descriptor, .writable, token: UInt64(slot.index))
                slot.socket = socket
                slot.link = .connecting(since: now)
            } catch {
                socket.close()
                connectFailed(slot, SocketError(errno: error.errno), now)
            }
        }
    }

    private func connectFailed(_ slot: Slot, _ error: SocketError, _ now: Int64) {
        tally.connectFailed(error)
        disconnect(slot, now)
    }

    /// Closes the socket and tries again after a pause that grows with each failure in a row.
    func disconnect(_ slot: Slot, _ now: Int64) {
        if let socket = slot.socket {
            // A closed descriptor leaves the poller by itself as well; what fails here is of no consequence.
            try? poller.remove(socket.descriptor)
            socket.close()
        }
        slot.socket = nil
        slot.link = .down(until: now + slot.reconnectPause)
        slot.failures += 1
        slot.received = 0
        slot.answer = HTTPAnswerReader()
    }

    func handle(_ event: Poller.Event, _ now: inout Int64) {
        let slot = slots[Int(event.token)]
        now = Clock.monotonic()
        switch slot.link {
        case .down: break
        case .connecting:
            guard let socket = slot.socket, event.isWritable || event.isClosed else { return }
            let error = socket.connectError
            guard error == 0, listen(slot, .readable) else {
                return connectFailed(slot, SocketError(errno: error), now)
            }
            slot.link = .up
            tally.connected()
            if slot.work == .none { offer(slot, now) } else { resume(slot, now) }
        case .up:
            if event.isWritable, slot.work == .sending { send(slot, now) }
            if event.isReadable || event.isClosed, slot.link == .up { receive(slot, now) }
        }
    }

    private func resume(_ slot: Slot, _ now: Int64) {
        if case .waiting(let until) = slot.work, until <= now, !isInterrupted { transmit(slot, now) }
    }

    private func listen(_ slot: Slot, _ interest: Poller.Interest) -> Bool {
        slot.waitsToSend = interest.contains(.writable)
        guard let socket = slot.socket else { return false }
        do {
            try poller.modify(socket.descriptor, interest, token: UInt64(slot.index))
            return true
        } catch {
            return false
        }
    }

    /// Sends the request in the slot's buffer; the connection is up.
    func transmit(_ slot: Slot, _ now: Int64) {
        if slot.request.attempts > 0 { tally.retried() }
        slot.request.attempts += 1
        slot.request.sentAt = now
        slot.sent = 0
        slot.work = .sending
        send(slot, now)
    }

    private func send(_ slot: Slot, _ now: Int64) {
        guard let socket = slot.socket else { return }
        switch socket.send(slot.output, from: slot.sent) {
        case .bytes(let count):
            slot.sent += count
            if slot.sent == slot.output.count {
                slot.work = .receiving
                if slot.waitsToSend, !listen(slot, .readable) { lost(slot, "poller", now) }
            } else if !slot.waitsToSend, !listen(slot, [.readable, .writable]) {
                lost(slot, "poller", now)
            }
        case .wouldBlock: if !slot.waitsToSend, !listen(slot, [.readable, .writable]) { lost(slot, "poller", now) }
        case .closed, .failed: if slot.sent == 0 { notSent(slot, now) } else { lost(slot, "connection lost", now) }
        }
    }

    /// The connection was gone before a byte of the request left: as if it had not been sent.
    private func notSent(_ slot: Slot, _ now: Int64) {
        slot.request.attempts -= 1
        slot.work = .waiting(until: now)
        disconnect(slot, now)
    }

    private func receive(_ slot: Slot, _ now: Int64) {
        guard let socket = slot.socket else { return }
        slot.makeRoom()
        switch socket.receive(into: &slot.input, at: slot.received) {
        case .wouldBlock: return
        case .bytes(let count):
            slot.received += count
            // Bytes that no request asked for: whatever they are, the next answer would be mistaken.
            guard slot.work == .receiving || slot.work == .sending else { return disconnect(slot, now) }
            readAnswer(slot, ended: false, now)
        case .closed:
            if slot.work == .receiving || slot.work == .sending {
                readAnswer(slot, ended: true, now)
            } else {
                disconnect(slot, now)
            }
        case .failed:
            if slot.work == .receiving || slot.work == .sending {
                lost(slot, "connection lost", now)
            } else {
                disconnect(slot, now)
            }
        }
    }

    private func readAnswer(_ slot: Slot, ended: Bool, _ now: Int64) {
        while true {
            switch slot.answer.read(&slot.input, count: slot.received, ended: ended) {
            case .incomplete: return ended ? lost(slot, "connection lost", now) : ()
            case .broken: return lost(slot, "unreadable answer", now)
            case .interim(let count):
                slot.input.removeSubrange(0..<count)
                slot.input += [UInt8](repeating: 0, count: count)
                slot.received -= count
            case .complete(let count): return answered(slot, taking: count, now)
            }
        }
    }

    private func answered(_ slot: Slot, taking count: Int, _ now: Int64) {
        let head = slot.answer
        let answer = GatewayAnswer.read(
            status: head.status, slot.input, head.body, tweets: settings.batch, ownIDs: settings.ownIDs)
        // An answer before the request was sent whole, bytes behind it, or a word to close: no second request on this
        // connection.
        let isUsable = head.keepsAlive && slot.work == .receiving && count == slot.received
        slot.failures = 0
        slot.received = 0
        slot.answer = HTTPAnswerReader()
        if !isUsable {
            disconnect(slot, now)
            slot.link = .down(until: now)
        }
        settle(slot, answer, status: head.status, retryAfter: head.retryAfter, now)
    }

    /// No answer: the connection is closed, the outcome unknown.
    func lost(_ slot: Slot, _ reason: String, _ now: Int64) {
        disconnect(slot, now)
        settle(slot, GatewayAnswer(outcome: .unknown, reason: reason), status: 0, retryAfter: nil, now)
    }

    /// Ends the request or lets it wait for its next attempt.
    private func settle(_ slot: Slot, _ answer: GatewayAnswer, status: Int, retryAfter: Int?, _ now: Int64) {
        let pause = retry.pause(after: answer.outcome, attempts: slot.request.attempts, retryAfter: retryAfter)
        if let pause, !isInterrupted {
            if answer.outcome == .unknown { slot.request.wasUnknown = true }
            slot.request.last = answer
            slot.request.lastStatus = status
            slot.work = .waiting(until: now + pause)
            return
        }
        end(slot, answer, status: status, now)
        if slot.link == .up { offer(slot, now) }
    }
}
