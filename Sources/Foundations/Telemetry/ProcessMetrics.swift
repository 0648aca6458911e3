import Glibc

/// What every process says of itself, under the names that all Prometheus clients use; read at the scrape.
package enum ProcessMetrics {
    /// CPU time, memory, open files and the start.
    package static var all: [any Metric] {
        [
            Computed(counter: "process_cpu_seconds_total", "User and system time spent, in seconds.") {
                var usage = rusage()
                unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
                return seconds(usage.ru_utime) + seconds(usage.ru_stime)
            },
            Computed(gauge: "process_resident_memory_bytes", "Memory in RAM, in bytes.") {
                Double(fieldOfStat(24) ?? 0) * Double(sysconf(CInt(_SC_PAGESIZE)))
            },
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
        // Clock ticks from the boot of the machine to the start of the process.
        guard let ticks = fieldOfStat(22) else { return 0 }
        let sinceBoot = Double(ticks) / Double(sysconf(CInt(_SC_CLK_TCK)))
        return now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME) + sinceBoot
    }()

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    /// A field of `/proc/self/stat`, numbered as in proc(5), from the third on: the second is the program's name,
    /// which may itself contain spaces.
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
