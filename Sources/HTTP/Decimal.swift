/// Decimal numbers as bytes, without a `String` between.
public enum Decimal {
    /// Appends a number that is not negative.
    public static func append(_ number: Int64, to output: inout [UInt8]) {
        var divisor: Int64 = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            output.append(Grammar.zero + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }

    /// Appends the last `digits` digits of a number that is not negative, with leading zeros.
    public static func append(_ number: Int64, digits: Int, to output: inout [UInt8]) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            output.append(Grammar.zero + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}
