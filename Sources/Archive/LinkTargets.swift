/// Where a symbolic link leads: some directories up, then down.
struct LinkTarget {
    /// How many `..` are at its beginning.
    let upwards: Int
    /// The path after them, without parts `.` and empty ones.
    let downwards: [UInt8]

    /// - Returns: `nil` for an absolute target, for characters that no path may have, and for `..` after a name, since
    ///   that name may be a link itself.
    init?(_ text: [UInt8]) {
        guard let first = text.first, first != UInt8(ascii: "/"), !text.contains(where: { $0 == 0x5C || $0 < 0x20 })
        else { return nil }
        var (upwards, downwards) = (0, [UInt8]())
        for part in text.split(separator: UInt8(ascii: "/")) where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) {
                guard downwards.isEmpty else { return nil }
                upwards += 1
            } else {
                if !downwards.isEmpty { downwards.append(UInt8(ascii: "/")) }
                downwards += part
            }
        }
        (self.upwards, self.downwards) = (upwards, downwards)
    }

    /// The ``MemberPath/identity`` of where a link of this path leads. It stays inside.
    func identity(from link: MemberPath) -> Int {
        var path = Array(link.text.utf8)
        // The link's own name goes, and a directory for each step upwards; the slash before them stays.
        for step in 0...upwards {
            if step > 0 { path.removeLast() }
            while let last = path.last, last != UInt8(ascii: "/") { path.removeLast() }
        }
        if downwards.isEmpty { path.removeLast() }
        return MemberPath.identity((path + downwards)[...])
    }
}

/// Where the symbolic links of an archive lead. A circle of them can be unpacked, and then never be opened.
struct LinkTargets {
    /// By ``MemberPath/identity``.
    private var next: [Int: Int] = [:]

    /// How many links in a row are followed; Linux follows 40 (path_resolution(7)).
    private static let limit = 40

    /// Notes a symbolic link whose target stays inside.
    ///
    /// - Returns: false when it, or the links that it leads to, lead back to it, or are too many in a row.
    mutating func add(_ link: MemberPath, _ target: LinkTarget) -> Bool {
        let own = link.identity
        next[own] = target.identity(from: link)
        var at = own
        for _ in 0..<Self.limit {
            guard let following = next[at] else { return true }
            guard following != own else { return false }
            at = following
        }
        return false
    }
}
