import Glibc
import Lifecycle

/// The clocks of a run, in nanoseconds.
enum Clock {
    /// Never steps; only differences mean something.
    static func monotonic() -> Int64 { Monotonic.now }
    /// Since 1970.
    static func wall() -> Int64 { read(CLOCK_REALTIME) }
    /// CPU time that the calling thread has used.
    static func threadCPU() -> Int64 { read(CLOCK_THREAD_CPUTIME_ID) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// Sleeps about this long (the kernel adds up to 50 µs); less than a second.
    static func sleep(nanoseconds: Int64) {
        var time = timespec(tv_sec: 0, tv_nsec: Int(min(nanoseconds, 999_999_999)))
        unsafe nanosleep(&time, nil)
    }
}
