/// A licence expression that is taken has a normal form, which is taken again and is its own normal form.
func fuzz(_ input: [UInt8]) {
    do {
        let expression = try LicenseExpression(String(decoding: input, as: UTF8.self))
        let normal = expression.description
        precondition(normal.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, normal)
        // Blanks around parentheses may have made it too long to be read again.
        guard normal.utf8.count <= LicenseExpression.lengthLimitBytes else { return }
        let again = try? LicenseExpression(normal)
        precondition(again == expression, normal)
    } catch {
        precondition(error.reason.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, error.reason)
    }
}
