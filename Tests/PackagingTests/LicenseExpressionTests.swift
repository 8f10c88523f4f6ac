import Packaging
import Testing

private let expressions: [(String, String)] = [
    ("mit", "MIT"),
    (" MIT\tand(apache-2.0 OR bsd-2-clause) ", "MIT AND (Apache-2.0 OR BSD-2-Clause)"),
    ("GPL-3.0-only with classpath-exception-2.0 or MIT", "GPL-3.0-only WITH Classpath-exception-2.0 OR MIT"),
    ("lgpl-2.1+", "LGPL-2.1+"),
    ("licenseref-My.Own-1", "LicenseRef-My.Own-1"),
    ("((MIT))", "((MIT))"),
    ("Apache-2.0+ WITH LLVM-exception", "Apache-2.0+ WITH LLVM-exception"),
]

private let badExpressions: [(String, String)] = [
    ("", "empty"), (" ", "empty"), ("MIT AND", "not complete"), ("(MIT", "not complete"), ("MIT)", "')'"),
    ("()", "')'"), ("MIT Apache-2.0", "'Apache-2.0'"), ("AND MIT", "'AND'"), ("MIT OR OR MIT", "'OR'"),
    ("MIT (Apache-2.0)", "'('"), ("(MIT) WITH LLVM-exception", "'WITH'"), ("MIT WITH", "not complete"),
    ("MIT WITH MIT", "not an exception"), ("MIT WITH LLVM-exception+", "not an exception"),
    ("MIT WITH LLVM-exception WITH LLVM-exception", "'WITH'"), ("LLVM-exception", "SPDX License List 3."),
    ("MIT/X11", "'MIT/X11'"), ("Proprietary", "LicenseRef-"), ("LicenseRef-", "licence reference"),
    ("LicenseRef-a_b", "licence reference"), ("LicenseRef-a+", "licence reference"), ("MIT++", "'MIT++'"),
    (String(repeating: "(", count: 4097), "4097 bytes"),
]

@Suite struct LicenseExpressionTests {
    @Test(arguments: expressions.indices)
    func `reads expressions and writes their normal form`(_ index: Int) throws {
        let (text, normal) = expressions[index]
        #expect(try LicenseExpression(text).description == normal)
        #expect(try LicenseExpression(normal).description == normal)
    }

    @Test(arguments: badExpressions.indices)
    func `refuses what is no expression, and says why`(_ index: Int) {
        let (text, words) = badExpressions[index]
        let error = #expect(throws: PackagingError.self) { try LicenseExpression(text) }
        #expect(error?.reason.contains(words) == true, "\(error?.reason ?? "")")
    }

    @Test func `names deprecated identifiers`() throws {
        let expression = try LicenseExpression("GPL-2.0+ OR (mit AND gpl-2.0 WITH Nokia-Qt-exception-1.1)")
        #expect(expression.deprecatedIdentifiers == ["GPL-2.0", "Nokia-Qt-exception-1.1"])
    }
}
