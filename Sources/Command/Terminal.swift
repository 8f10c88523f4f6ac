import Posix

/// What somebody types.
enum Terminal {
    private static let input = File(adopting: 0)

    /// One line of standard input. At a terminal it is asked for, and not shown while it is typed.
    ///
    /// - Parameter kind: what is asked for, such as "token".
    /// - Throws: `OperationError` when it cannot be read or is not UTF-8.
    static func secret(_ question: String, of kind: String = "password", limitBytes: Int = 2_048) throws -> String {
        let isTerminal = input.isTerminal
        if isTerminal { try? Output.errors.write(all: Array(question.utf8)) }
        let line: [UInt8]
        do throws(Errno) {
            line = try input.withoutEcho { () throws(Errno) in try input.line(limit: limitBytes) }
        } catch {
            throw OperationError("standard input cannot be read: \(error)", mend: "give the \(kind) as one line there")
        }
        if isTerminal { try? Output.errors.write(all: [0x0A]) }
        guard let text = String(validating: line, as: UTF8.self) else {
            throw OperationError("the \(kind) is not UTF-8", mend: "give it as one line of standard input")
        }
        return text
    }
}
