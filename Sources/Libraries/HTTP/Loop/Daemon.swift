import CMicroHTTPD
import Glibc

/// A libmicrohttpd server without threads of its own: it works only inside `run`.
///
/// Owner: the value, which belongs to the loop thread. Its end closes all connections, and with them calls the loop
/// back.
@safe
struct Daemon: ~Copyable {
    private let handle: OpaquePointer

    /// - Parameters:
    ///   - listening: taken over; closed at the end or by `quiesce`. Not closed if nil comes back: libmicrohttpd has
    ///     closed it in some of these cases and says not in which, and by then the number may be another's.
    ///   - loop: outlives the daemon, which calls it back.
    init?(listening: CInt, limits: HTTPLimits, loop: Loop) {
        let context = unsafe Unmanaged.passUnretained(loop).toOpaque()
        let me = Int(bitPattern: context)
        let options: [any CVarArg] = unsafe [
            MHD_OPTION.LISTEN_SOCKET.rawValue, listening,
            MHD_OPTION.NOTIFY_CONNECTION.rawValue, address(connectionChanged), me,
            MHD_OPTION.NOTIFY_COMPLETED.rawValue, address(requestEnded), me,
            MHD_OPTION.URI_LOG_CALLBACK.rawValue, address(targetSeen), me,
            MHD_OPTION.UNESCAPE_CALLBACK.rawValue, address(escapesKept), 0,
            MHD_OPTION.CONNECTION_LIMIT.rawValue, UInt32(clamping: limits.connections),
            MHD_OPTION.PER_IP_CONNECTION_LIMIT.rawValue, UInt32(clamping: limits.connectionsPerAddress),
            MHD_OPTION.CONNECTION_TIMEOUT.rawValue, limits.silenceInSeconds,
            MHD_OPTION.CONNECTION_MEMORY_LIMIT.rawValue, limits.connectionMemory,
            MHD_OPTION.STRICT_FOR_CLIENT.rawValue, CInt(1),
            // The loop thread blocks SIGPIPE.
            MHD_OPTION.SIGPIPE_HANDLED_BY_APP.rawValue, CInt(1),
            MHD_OPTION.END.rawValue,
        ]
        let flags = MHD_USE_EPOLL.rawValue | MHD_ALLOW_SUSPEND_RESUME.rawValue
        let handle = unsafe withVaList(options) { list in
            unsafe MHD_start_daemon_va(flags, 0, nil, nil, requestArrived, context, list)
        }
        guard let handle = unsafe handle else { return nil }
        unsafe self.handle = handle
    }

    /// "Stopping with a suspended connection aborts the process": the loop has resumed them all.
    deinit { unsafe MHD_stop_daemon(handle) }

    /// Readable when `run` has something to do.
    var pollDescriptor: CInt { unsafe mhd_epoll_fd(handle) }

    /// Milliseconds until `run` must be called, even if nothing becomes readable; 0 means now.
    func patience(atMost milliseconds: UInt64) -> Int {
        var timeout: UInt64 = milliseconds
        guard unsafe MHD_get_timeout(handle, &timeout) == .YES else { return Int(milliseconds) }
        return Int(min(timeout, milliseconds))
    }

    /// Serves what is ready; never waits.
    func run() { _ = unsafe MHD_run(handle) }

    /// Stops accepting; the listening socket is closed.
    func quiesce() {
        let listening = unsafe MHD_quiesce_daemon(handle)
        if listening >= 0 { close(listening) }
    }
}

extension HTTPLimits {
    /// libmicrohttpd's timeout has whole seconds, and 0 would mean none.
    fileprivate var silenceInSeconds: UInt32 {
        let (seconds, rest) = silence.components
        return UInt32(clamping: max(1, seconds + (rest > 0 ? 1 : 0)))
    }
}

/// A C function as an element of a `va_list`.
private func address(_ function: MHD_NotifyConnectionCallback) -> Int { unsafe unsafeBitCast(function, to: Int.self) }
private func address(_ function: MHD_RequestCompletedCallback) -> Int { unsafe unsafeBitCast(function, to: Int.self) }
private func address(_ function: TargetCallback) -> Int { unsafe unsafeBitCast(function, to: Int.self) }
private func address(_ function: EscapesCallback) -> Int { unsafe unsafeBitCast(function, to: Int.self) }
