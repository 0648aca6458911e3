import CMicroHTTPD
import Glibc
import Lifecycle
import Telemetry

/// The way of one request: head, body, answer, end.
extension Loop {
    /// An answer queued here closes the connection, because libmicrohttpd cannot know what of the body is still to
    /// come.
    func headCompleted(_ connection: Connection, isOldVersion: Bool) -> MHD_Result {
        connection.beginRequest(nextRequestNumber(), deadline: now + setup.limits.request.inNanoseconds)
        if isOver { return queue(.stopping, on: connection) }
        let framing = unsafe Framing(of: connection.handle)
        if let fault = framing.fault(method: connection.method, isOldVersion: isOldVersion) {
            setup.metrics.refusedFraming.add()
            return queue(fault.response, on: connection)
        }
        if connection.path.utf8.first != UInt8(ascii: "/") { connection.path = pathOfAbsoluteForm(connection.path) }
        switch setup.handler.admit(Request(connection)) {
        case .refuse(let response):
            if framing.hasBody { return queue(response, on: connection) }
            connection.refusal = response
        case .read(let limit):
            if framing.length > limit { return queue(setup.handler.tooLarge, on: connection) }
            // A chunked body does not say how long it will be.
            let reserved = framing.hasBody && framing.length == 0 ? limit : framing.length
            guard reservedForBodies + reserved <= setup.limits.bodies else {
                return queue(setup.handler.tooManyBodies, on: connection)
            }
            reservedForBodies += reserved
            connection.reserved = reserved
            connection.bodyMax = limit
            // A claim, not yet bytes: what is not written to is not backed by memory either.
            connection.body.reserveCapacity(framing.length)
        }
        return .YES
    }

    /// No answer can be queued in the middle of a body: a chunked one over the limit can only be cut.
    func bodyArrived(_ connection: Connection, _ bytes: UnsafeRawBufferPointer) -> MHD_Result {
        guard connection.body.count + bytes.count <= connection.bodyMax else {
            setup.metrics.cut.add()
            return .NO
        }
        unsafe connection.body.append(contentsOf: bytes)
        return .YES
    }

    func requestCompleted(_ connection: Connection) -> MHD_Result {
        // Called again only if an answer could not be queued; the handler must not see a request twice.
        guard connection.phase == .body else { return .NO }
        if isOver { return queue(.stopping, on: connection) }
        if let refusal = connection.refusal { return queue(refusal, on: connection) }
        let answer = setup.handler.respond(to: Request(connection))
        // Not at the end of the request: a body that the handler has read need not wait for the disk.
        connection.emptyBody()
        release(connection)
        switch answer {
        case .now(let response):
            return queue(response, on: connection)
        case .later where connection.hasResponder:
            connection.phase = .waiting
            connection.deadline = .max
            connection.isSuspended = true
            // Only this thread resumes, so an answer that is already in the inbox finds the connection suspended.
            unsafe MHD_suspend_connection(connection.handle)
            return .YES
        case .later:
            return queue(.unanswered, on: connection)
        case .events(let stream):
            return open(stream, on: connection)
        }
    }

    /// The answer was sent, or the connection failed before that.
    func requestEnded(_ connection: Connection) {
        release(connection)
        connection.endRequest(deadline: now + setup.limits.head.inNanoseconds)
    }

    private func release(_ connection: Connection) {
        reservedForBodies -= connection.reserved
        connection.reserved = 0
    }

    /// Ignored if the request has its answer, or its client has gone.
    func answer(_ ticket: Ticket, _ response: Response) {
        guard let connection = connection(ticket), connection.phase == .waiting else { return }
        // "For suspended connection this function can be called at any moment" (MHD_queue_response).
        _ = queue(response, on: connection)
        resume(connection)
    }

    func resume(_ connection: Connection) {
        guard connection.isSuspended else { return }
        connection.isSuspended = false
        unsafe MHD_resume_connection(connection.handle)
    }

    /// Ends a connection that no answer can end any more; libmicrohttpd finds it dead and lets it go.
    func cut(_ connection: Connection) {
        guard !connection.isCut else { return }
        setup.metrics.cut.add()
        closeIdle(connection)
    }

    /// As `cut`, for a client that did nothing wrong.
    func closeIdle(_ connection: Connection) {
        guard !connection.isCut else { return }
        connection.isCut = true
        shutdown(connection.socket, CInt(SHUT_RDWR))
        resume(connection)
    }

    private func queue(_ response: Response, on connection: Connection) -> MHD_Result {
        connection.phase = .answering
        connection.deadline = now + setup.limits.answer.inNanoseconds
        setup.metrics.answers.add(1, StatusClass(status: response.status))
        // An answer that a client does not take is held as a body is.
        connection.reserved += response.body.count
        reservedForBodies += response.body.count
        let response = isServing ? response : response.closing()
        return unsafe response.queue(on: connection.handle) ? .YES : .NO
    }

    private func open(_ stream: EventStream, on connection: Connection) -> MHD_Result {
        if connection.method == "HEAD" {
            // libmicrohttpd would send the end of a chunked body, which the client takes for the next answer.
            stream.end()
            return queue(.headOfEvents, on: connection)
        }
        guard stream.attach(connection.ticket, connection.inbox) else { return queue(.unanswered, on: connection) }
        connection.phase = .streaming
        connection.deadline = .max
        connection.stream = stream
        setup.metrics.answers.add(1, .success)
        if !isServing { stream.close() }
        return StreamSource.queue(stream, on: connection, of: self) ? .YES : .NO
    }

    /// `http://host/path` as `/path` (RFC 9112, section 3.2.2); every other form as it is.
    private func pathOfAbsoluteForm(_ target: String) -> String {
        guard let scheme = target.firstRange(of: "://") else { return target }
        let rest = target[scheme.upperBound...]
        return rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? "/"
    }
}
