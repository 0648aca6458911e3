/// The value of a hexadecimal digit, either case; nil of every other byte.
func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 48...57: byte - 48
    case 65...70: byte - 55
    case 97...102: byte - 87
    default: nil
    }
}

let hexDigits = Array("0123456789abcdef".utf8)
