import Glibc
import Telemetry

/// Two metrics of the process beside `ProcessMetrics`, under the names that all Prometheus clients use.
enum ProcessFacts {
    static var all: [any Metric] {
        [
            Computed(gauge: "process_open_fds", "Open file descriptors.") { Double(openDescriptors()) },
            Computed(gauge: "process_start_time_seconds", "Start of the process, in seconds since 1970.") { startTime },
        ]
    }

    private static func openDescriptors() -> Int {
        guard let folder = unsafe opendir("/proc/self/fd") else { return 0 }
        defer { unsafe closedir(folder) }
        var count = 0
        while unsafe readdir(folder) != nil { count += 1 }
        // Not among them: ".", ".." and the folder's own.
        return max(0, count - 3)
    }

    /// Read once, so that every scrape says the same.
    private static let startTime: Double = {
        // The 22nd field of stat, see proc(5): clock ticks from the boot of the machine to the start of the process.
        guard let ticks = fieldOfStat(22) else { return 0 }
        let sinceBoot = Double(ticks) / Double(sysconf(CInt(_SC_CLK_TCK)))
        return seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME) + sinceBoot
    }()

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// A field after the second, the name of the program, which may itself contain spaces.
    private static func fieldOfStat(_ number: Int) -> Int? {
        guard let file = unsafe fopen("/proc/self/stat", "r") else { return nil }
        defer { unsafe fclose(file) }
        var line = [UInt8](repeating: 0, count: 1024)
        let count = unsafe fread(&line, 1, line.count, file)
        let text = String(decoding: line[..<count], as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return number - 3 < fields.count ? Int(fields[number - 3]) : nil
    }
}
