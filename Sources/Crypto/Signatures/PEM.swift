/// One block of PEM (RFC 7468): `-----BEGIN label-----`, base64 in lines, `-----END label-----`.
public struct PEMBlock: Hashable, Sendable {
    /// For example `CERTIFICATE` or `PUBLIC KEY`.
    public let label: String
    /// What the base64 stands for.
    public let bytes: [UInt8]

    /// Reads every block of a text. Between blocks anything may stand, as RFC 7468 §2 allows; inside nothing but
    /// base64, in lines of any length.
    ///
    /// - Returns: `nil` when a block is broken or the text is not UTF-8.
    public static func all(in text: [UInt8]) -> [PEMBlock]? {
        guard String(validating: text, as: UTF8.self) != nil else { return nil }
        var blocks: [PEMBlock] = []
        var open: (label: String, base64: [UInt8])?
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            if let label = label(of: line, "-----BEGIN ") {
                guard open == nil else { return nil }
                open = (label, [])
            } else if let label = label(of: line, "-----END ") {
                guard let block = open, block.label == label, let bytes = Base64.decode(block.base64) else {
                    return nil
                }
                blocks.append(PEMBlock(label: label, bytes: bytes))
                open = nil
            } else if open != nil {
                open?.base64 += line
            }
        }
        return open == nil ? blocks : nil
    }

    private static func label(of line: ArraySlice<UInt8>, _ beginning: String) -> String? {
        let end = Array("-----".utf8)
        guard line.starts(with: beginning.utf8), line.count >= beginning.utf8.count + end.count,
            line.suffix(end.count).elementsEqual(end)
        else { return nil }
        return String(decoding: line.dropFirst(beginning.utf8.count).dropLast(end.count), as: UTF8.self)
    }
}
