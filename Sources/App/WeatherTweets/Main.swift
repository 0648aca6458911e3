import Glibc

@main
struct Main {
    // Not `async`: Dispatch would take the main thread over and unblock every signal on it.
    static func main() { exit(0) }
}
