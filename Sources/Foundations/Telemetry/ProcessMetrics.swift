import Glibc

/// What every process says of itself, under the names that all Prometheus clients use.
package enum ProcessMetrics {
    /// CPU time and resident memory, read at the scrape.
    package static var all: [any Metric] {
        [
            Computed(counter: "process_cpu_seconds_total", "User and system time spent, in seconds.") {
                var usage = rusage()
                unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
                return seconds(usage.ru_utime) + seconds(usage.ru_stime)
            },
            Computed(gauge: "process_resident_memory_bytes", "Memory in RAM, in bytes.") {
                // The second number of statm is resident pages, see proc(5).
                Double(number(1, of: "/proc/self/statm") ?? 0) * Double(sysconf(CInt(_SC_PAGESIZE)))
            },
        ]
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }

    /// The number at `index` of a small file of the kernel's; nil when there is none.
    private static func number(_ index: Int, of path: String) -> Int? {
        guard let file = unsafe fopen(path, "r") else { return nil }
        defer { unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard unsafe fgets(&line, CInt(line.count), file) != nil else { return nil }
        let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).split(
            separator: " ")
        return index < words.count ? Int(words[index]) : nil
    }
}
