import Packaging

/// The path of an archive's member, fit to be unpacked below a directory: relative, with `/` between its parts, no
/// empty part, `.` or `..`, nothing that another system reads in another way (SPEC §8.1, rule 2 and its advice).
struct MemberPath: CustomStringConvertible {
    /// The path without a slash at its end.
    let text: String
    /// Whether there was a slash at its end: the path of a directory.
    let endsInSlash: Bool
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
        if let scalar = text.unicodeScalars.first(where: Self.isInvisible) {
            let code = String(scalar.value, radix: 16, uppercase: true)
            throw error(.path, "contains the invisible or unassigned character U+\(code); rename the file")
        }
        self.text = text
        identity = Self.identity(bytes)
    }

    var description: String { PackagingError.quote(text) }

    /// The parts between the slashes; at least one, none of them empty.
    var parts: [Substring] { text.split(separator: "/") }

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
        forEachPart(of: bytes) { add($0, to: &hasher) }
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
        forEachPart(of: bytes) { part in
            add(part, to: &hasher)
            // A copy goes to its end; the original goes on with the next part.
            identities.append(hasher.finalizedCopy)
        }
        return identities
    }

    private static func add(_ part: ArraySlice<UInt8>, to hasher: inout Hasher) {
        unsafe part.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        hasher.combine(UInt8(ascii: "/"))
    }

    /// Goes through the parts between slashes, empty ones too, without an array of them.
    private static func forEachPart(of bytes: ArraySlice<UInt8>, _ body: (ArraySlice<UInt8>) -> Void) {
        var start = bytes.startIndex
        for index in bytes.indices where bytes[index] == UInt8(ascii: "/") {
            body(bytes[start..<index])
            start = index + 1
        }
        body(bytes[start...])
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
        for part in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if part.isEmpty { return "has an empty part, '//'" }
            if part.elementsEqual("..".utf8) { return "leads upwards by '..'" }
            if part.elementsEqual(".".utf8) { return "has a part '.'; leave it out" }
        }
        return nil
    }
}

extension Hasher {
    fileprivate var finalizedCopy: Int {
        let copy = self
        return copy.finalize()
    }
}
