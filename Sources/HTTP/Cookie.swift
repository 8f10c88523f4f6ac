extension RequestFields {
    /// The value of a cookie (RFC 6265 §5.4); nil when it was not sent, and when it was sent with two values: one of them may
    /// be from somebody else, who may set cookies for this host too.
    public func cookie(_ name: String) -> String? {
        guard let line = bytes(.cookie) else { return nil }
        var found: ArraySlice<UInt8>?
        for pair in line.split(separator: UInt8(ascii: ";")) {
            let pair = pair.trimmed
            guard let equals = pair.firstIndex(of: Grammar.equals), pair[..<equals].elementsEqual(name.utf8) else {
                continue
            }
            guard found == nil else { return nil }
            found = pair[(equals + 1)...]
        }
        return found.map { String(decoding: $0, as: UTF8.self) }
    }
}
