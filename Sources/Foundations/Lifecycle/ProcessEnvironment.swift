import Glibc

/// The variables that this process was started with.
package enum ProcessEnvironment {
    /// By name. Read at the start, before there are threads: whoever sets a variable meanwhile races with this.
    package static var variables: [String: String] {
        var variables: [String: String] = [:]
        var entry = unsafe environ
        while let pair = unsafe entry.pointee {
            let text = unsafe String(cString: pair)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            unsafe entry += 1
        }
        return variables
    }
}
