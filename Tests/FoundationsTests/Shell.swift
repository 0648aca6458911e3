import Glibc

/// What a program prints when it is given `input`; nil when it does not end well.
func output(of program: String, feeding input: String) -> String? {
    var template = Array("/tmp/foundations-XXXXXX".utf8CString)
    let descriptor = unsafe mkstemp(&template)
    guard descriptor >= 0 else { return nil }
    defer { unsafe unlink(&template) }
    let bytes = Array(input.utf8)
    guard unsafe write(descriptor, bytes, bytes.count) == bytes.count else { return nil }
    close(descriptor)
    let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard let stream = unsafe popen("\(program) < \(path) 2>&1", "r") else { return nil }
    var text: [UInt8] = []
    var byte = unsafe fgetc(stream)
    while byte != EOF {
        text.append(UInt8(byte))
        byte = unsafe fgetc(stream)
    }
    guard unsafe pclose(stream) == 0 else { return nil }
    return String(decoding: text.last == 10 ? text.dropLast() : text[...], as: UTF8.self)
}

/// The first line of a small file, without its newline; nil when it cannot be read.
func firstLine(of path: String) -> String? {
    guard let file = unsafe fopen(path, "r") else { return nil }
    defer { unsafe fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard unsafe fgets(&line, CInt(line.count), file) != nil else { return nil }
    return String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
