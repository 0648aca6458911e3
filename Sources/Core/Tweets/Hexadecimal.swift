/// Eight hexadecimal digits, the first character in the lowest byte.
@inline(always)
func digits(of number: UInt32) -> UInt64 {
    // One digit a byte, by halving distances; then '0' on all and 39 more on those above 9.
    var nibbles = UInt64(number.byteSwapped)
    nibbles = (nibbles | nibbles << 16) & 0x0000_ffff_0000_ffff
    nibbles = (nibbles | nibbles << 8) & 0x00ff_00ff_00ff_00ff
    nibbles = (nibbles >> 4 | nibbles << 8) & 0x0f0f_0f0f_0f0f_0f0f
    let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 39
}

/// The number that eight hexadecimal digits of any case write; nil when one is none.
@inline(always)
func number(ofDigits text: UInt64) -> UInt32? {
    // Adding what lacks to 0x80 sets a byte's top bit from a bound on; with two bounds, inside a range. ASCII cannot
    // carry over.
    let lower = text | 0x2020_2020_2020_2020
    let decimal = (text &+ 0x5050_5050_5050_5050) & ~(text &+ 0x4646_4646_4646_4646)
    let letter = (lower &+ 0x1f1f_1f1f_1f1f_1f1f) & ~(lower &+ 0x1919_1919_1919_1919)
    let tops: UInt64 = 0x8080_8080_8080_8080
    guard text & tops == 0, (decimal | letter) & tops == tops else { return nil }
    let nibbles = text & 0x0f0f_0f0f_0f0f_0f0f &+ (letter & tops) >> 7 &* 9
    var pairs = (nibbles << 4 | nibbles >> 8) & 0x00ff_00ff_00ff_00ff
    pairs = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff
    return UInt32(truncatingIfNeeded: pairs | pairs >> 16).byteSwapped
}

@inline(always)
func number(ofFourDigits text: UInt32) -> UInt32? { number(ofDigits: UInt64(text) << 32 | 0x3030_3030) }
