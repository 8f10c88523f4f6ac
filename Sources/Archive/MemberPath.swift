import Packaging

/// The path of an archive's member, fit to be unpacked below a directory: relative, with `/` between its parts, no
/// empty part, `.` or `..`, nothing that another system reads in another way (SPEC §8.1, rule 2 and its advice).
struct MemberPath: CustomStringConvertible {
    /// The path without a slash at its end.
    let text: String
    /// Whether there was a slash at its end: the path of a directory.
    let endsInSlash: Bool
    /// The number of its parts, at least one.
    let depth: Int
    /// Stands for the bytes of ``text`` where keeping them would cost too much. Every process chooses a new key, so
    /// nobody can make two paths of one value.
    let identity: Int

    /// - Throws: `ArchiveError` with the rule `path` or `limit`.
    init(_ bytes: ArraySlice<UInt8>, limits: ArchiveLimits) throws(ArchiveError) {
        var bytes = bytes
        func error(_ rule: ArchiveError.Rule, _ complaint: String) -> ArchiveError {
            let shown = PackagingError.quote(String(decoding: bytes, as: UTF8.self))
            return ArchiveError(rule, "The archive has a member whose path \(shown) \(complaint).")
        }
        guard bytes.count <= limits.pathLengthBytes else {
            throw error(.limit, "has \(bytes.count) bytes; at most \(limits.pathLengthBytes) are allowed")
        }
        let depth = bytes.count { $0 == UInt8(ascii: "/") } + 1
        guard depth <= limits.pathDepth else {
            throw error(.limit, "has \(depth) parts; at most \(limits.pathDepth) are allowed")
        }
        endsInSlash = bytes.last == UInt8(ascii: "/")
        if endsInSlash { bytes.removeLast() }
        if let complaint = Self.complaint(bytes) { throw error(.path, complaint) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw error(.path, "is not UTF-8") }
        let isASCII = bytes.allSatisfy { $0 < 0x80 }
        if !isASCII, let scalar = text.unicodeScalars.first(where: Self.isInvisible) {
            let code = String(scalar.value, radix: 16, uppercase: true)
            throw error(.path, "contains the invisible or unassigned character U+\(code); rename the file")
        }
        self.text = text
        self.depth = endsInSlash ? depth - 1 : depth
        identity = Self.identity(bytes)
    }

    var description: String { PackagingError.quote(text) }

    /// Its first part. Bytes are compared: a slash and an accent after it are one `Character`.
    var top: Substring { Substring(text.utf8.prefix { $0 != UInt8(ascii: "/") }) }

    /// What comes after the first part and its slash; empty when there is no other part.
    var belowTop: Substring { Substring(text.utf8.dropFirst(top.utf8.count + 1)) }

    /// Stands for all paths that a file system without case and Unicode normal forms (Windows, macOS) takes for this one.
    var foldedIdentity: Int {
        var hasher = Hasher()
        // Strings of the same characters in other normal forms are equal, and so have one hash.
        hasher.combine(text.lowercased())
        return hasher.finalize()
    }

    /// The value that ``identity`` has for these bytes.
    static func identity(_ bytes: ArraySlice<UInt8>) -> Int {
        var hasher = Hasher()
        unsafe forEachPart(of: bytes) { unsafe hasher.combine(bytes: $0) }
        return hasher.finalize()
    }

    /// The identities of the directories above, from the top, and of the path itself.
    ///
    /// - Complexity: linear in the length of the path.
    var identitiesFromTop: [Int] { Self.identitiesFromTop(Array(text.utf8)[...]) }

    /// The same for a path of these bytes.
    static func identitiesFromTop(_ bytes: ArraySlice<UInt8>) -> [Int] {
        var hasher = Hasher()
        var identities: [Int] = []
        unsafe forEachPart(of: bytes) { part in
            unsafe hasher.combine(bytes: part)
            // A copy goes to its end; the original goes on with the next part.
            identities.append(hasher.finalizedCopy)
        }
        return identities
    }

    /// Goes through the parts, each but the first with the slash before it, without an array of them.
    private static func forEachPart(of bytes: ArraySlice<UInt8>, _ body: (UnsafeRawBufferPointer) -> Void) {
        unsafe bytes.withUnsafeBytes { bytes in
            var start = 0
            for index in bytes.indices.dropFirst() where unsafe bytes[index] == UInt8(ascii: "/") {
                unsafe body(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
                start = index
            }
            unsafe body(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        }
    }

    /// Unicode's category C, which uv refuses in wheels: controls, marks of text direction and other format
    /// characters, private and unassigned ones.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x7F else { return scalar.value < 0x20 }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: return true
        default: return false
        }
    }

    /// What is wrong with the bytes of a path, in words that follow it; `nil` when nothing is.
    static func complaint(_ bytes: ArraySlice<UInt8>) -> String? {
        guard let first = bytes.first else { return "is empty" }
        if first == UInt8(ascii: "/") { return "is absolute; store paths relative to the top of the archive" }
        if bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) { return "contains a control character" }
        if bytes.contains(UInt8(ascii: "\\")) { return "contains a backslash; separate directories by '/'" }
        if bytes.dropFirst().first == UInt8(ascii: ":"), (first | 0x20) >= 0x61, (first | 0x20) <= 0x7A {
            return "begins with a drive letter"
        }
        var start = bytes.startIndex
        for end in bytes.indices where bytes[end] == UInt8(ascii: "/") {
            if let complaint = complaint(bytes, part: start..<end) { return complaint }
            start = end + 1
        }
        return complaint(bytes, part: start..<bytes.endIndex)
    }

    private static func complaint(_ bytes: ArraySlice<UInt8>, part: Range<Int>) -> String? {
        guard let first = part.first else { return "has an empty part, '//'" }
        guard part.count <= 2, bytes[first] == UInt8(ascii: "."), bytes[part.upperBound - 1] == UInt8(ascii: ".") else {
            return nil
        }
        return part.count == 1 ? "has a part '.'; leave it out" : "leads upwards by '..'"
    }
}

extension Hasher {
    fileprivate var finalizedCopy: Int {
        let copy = self
        return copy.finalize()
    }
}
