import CMicroHTTPD
import Glibc

// What libmicrohttpd calls, always on the loop thread and inside `Daemon.run` or at the daemon's end. `context` is the
// loop, unretained: it outlives the daemon. The socket context of a connection is its slot + 1: an integer, nothing to
// release.

typealias TargetCallback =
    @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>?, OpaquePointer?) -> UnsafeMutableRawPointer?
typealias EscapesCallback =
    @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafeMutablePointer<CChar>?) -> Int

private func loop(_ context: UnsafeMutableRawPointer?) -> Loop? {
    unsafe context.map { unsafe Unmanaged<Loop>.fromOpaque($0).takeUnretainedValue() }
}

extension Loop {
    fileprivate func connection(of handle: OpaquePointer) -> Connection? {
        connection(at: unsafe Int(bitPattern: mhd_socket_context(handle)) - 1)
    }
}

/// MHD_NotifyConnectionCallback: a connection begins or has ended.
func connectionChanged(
    _ context: UnsafeMutableRawPointer?, handle: OpaquePointer?,
    socketContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, change: MHD_ConnectionNotificationCode
) {
    guard let loop = unsafe loop(context), let handle = unsafe handle, let socketContext = unsafe socketContext else {
        return
    }
    if change == .CONNECTION_NOTIFY_STARTED {
        let slot = unsafe loop.connectionBegan(handle, socket: mhd_client_fd(handle))
        unsafe socketContext.pointee = UnsafeMutableRawPointer(bitPattern: slot + 1)
    } else {
        unsafe loop.connectionEnded(slot: Int(bitPattern: socketContext.pointee) - 1)
        unsafe socketContext.pointee = nil
    }
}

/// MHD_OPTION_URI_LOG_CALLBACK: the target as it was sent, which is cut at the query afterwards. What it returns
/// becomes the request's `mark`.
func targetSeen(
    _ context: UnsafeMutableRawPointer?, target: UnsafePointer<CChar>?, handle: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let loop = unsafe loop(context), let handle = unsafe handle, let target = unsafe target else { return nil }
    let query = unsafe strchr(target, CInt(UInt8(ascii: "?"))).map { unsafe String(cString: $0 + 1) }
    unsafe loop.connection(of: handle)?.query = query
    return nil
}

/// MHD_OPTION_UNESCAPE_CALLBACK: leaves the target as it was sent, where "%00" would end it and "%2F" would divide it.
func escapesKept(_: UnsafeMutableRawPointer?, _: OpaquePointer?, text: UnsafeMutablePointer<CChar>?) -> Int {
    guard let text = unsafe text else { return 0 }
    return unsafe strlen(text)
}

/// MHD_AccessHandlerCallback: called when the head is complete, for each piece of the body, and once after it.
func requestArrived(
    _ context: UnsafeMutableRawPointer?, handle: OpaquePointer?, target: UnsafePointer<CChar>?,
    method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?, piece: UnsafePointer<CChar>?,
    pieceSize: UnsafeMutablePointer<Int>?, mark: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let loop = unsafe loop(context), let handle = unsafe handle, let mark = unsafe mark,
        let pieceSize = unsafe pieceSize, let connection = unsafe loop.connection(of: handle)
    else { return .NO }

    if unsafe mark.pointee == nil {
        guard let target = unsafe target, let method = unsafe method, let version = unsafe version else { return .NO }
        unsafe mark.pointee = context
        connection.method = unsafe String(cString: method)
        connection.path = unsafe String(cString: target)
        return loop.headCompleted(connection, isOldVersion: unsafe strcmp(version, "HTTP/1.0") == 0)
    }
    if unsafe pieceSize.pointee > 0 {
        let bytes = unsafe UnsafeRawBufferPointer(start: piece, count: pieceSize.pointee)
        unsafe pieceSize.pointee = 0
        return unsafe loop.bodyArrived(connection, bytes)
    }
    return loop.requestCompleted(connection)
}

/// MHD_RequestCompletedCallback: the answer was sent, or the connection failed before.
func requestEnded(
    _ context: UnsafeMutableRawPointer?, handle: OpaquePointer?,
    mark: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _: MHD_RequestTerminationCode
) {
    guard let loop = unsafe loop(context), let handle = unsafe handle else { return }
    unsafe mark?.pointee = nil
    if let connection = unsafe loop.connection(of: handle) { loop.requestEnded(connection) }
}
