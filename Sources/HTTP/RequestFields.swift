/// One field line's place in its head.
struct FieldSlot: Sendable {
    var nameStart: UInt32
    var nameEnd: UInt32
    var valueStart: UInt32
    var valueEnd: UInt32
    var known: HTTPFieldName.Known?
}

/// The field lines of a request as received: one copy of the head's bytes, and where each line lies in it.
///
/// A look-up compares small numbers for the names that `HTTPFieldName` lists, bytes for the others.
public struct RequestFields: Sendable {
    private let head: [UInt8]
    private let slots: [FieldSlot]
    /// A bit for each known name that occurs: most look-ups ask for what is not there.
    private let present: UInt32

    /// The lines of a parsed head.
    init(head: [UInt8], slots: [FieldSlot]) {
        self.head = head
        self.slots = slots
        var present: UInt32 = 0
        for slot in slots {
            if let known = slot.known { present |= 1 << UInt32(known.rawValue) }
        }
        self.present = present
    }

    /// Lines made by hand, for tests. Values are trimmed of spaces and tabs.
    public init(_ lines: [(name: String, value: String)] = []) {
        var head: [UInt8] = []
        var slots: [FieldSlot] = []
        for line in lines {
            let name = Array(line.name.utf8)
            let value = Array(Array(line.value.utf8)[...].trimmed)
            let nameStart = UInt32(head.count)
            let nameEnd = nameStart + UInt32(name.count)
            head += name + value
            let known = HTTPFieldName.Known(name.span)
            let end = UInt32(head.count)
            slots.append(
                FieldSlot(nameStart: nameStart, nameEnd: nameEnd, valueStart: nameEnd, valueEnd: end, known: known))
        }
        self.init(head: head, slots: slots)
    }

    /// The number of lines.
    public var count: Int { slots.count }

    /// The value; several lines with this name joined by `, ` (RFC 9110 §5.3); `nil` when there is none. Bytes that are
    /// not UTF-8 become U+FFFD.
    public subscript(_ name: HTTPFieldName) -> String? {
        var joined: String?
        for slot in slots where isNamed(slot, name) {
            let value = String(decoding: head[Int(slot.valueStart)..<Int(slot.valueEnd)], as: UTF8.self)
            joined = joined.map { $0 + ", " + value } ?? value
        }
        return joined
    }

    /// The value of the only line with this name, without a copy; `nil` when there is none and when there are several.
    public func bytes(_ name: HTTPFieldName) -> ArraySlice<UInt8>? {
        guard mayOccur(name) else { return nil }
        var found: ArraySlice<UInt8>?
        for slot in slots where isNamed(slot, name) {
            guard found == nil else { return nil }
            found = head[Int(slot.valueStart)..<Int(slot.valueEnd)]
        }
        return found
    }

    /// The number of lines with this name.
    public func count(of name: HTTPFieldName) -> Int {
        guard mayOccur(name) else { return 0 }
        var count = 0
        for slot in slots where isNamed(slot, name) { count += 1 }
        return count
    }

    /// Whether a list field holds the token, in any case, in any of its lines (RFC 9110 §5.6.1).
    public func contains(_ name: HTTPFieldName, token: String) -> Bool {
        guard mayOccur(name) else { return false }
        let token = token.lowercased()
        for slot in slots where isNamed(slot, name) {
            let value = head[Int(slot.valueStart)..<Int(slot.valueEnd)]
            // The one-element list is the usual one: `Connection: keep-alive`.
            if value.matches(token) { return true }
            guard value.contains(Grammar.comma) else { continue }
            if value.listElements.contains(where: { $0.matches(token) }) { return true }
        }
        return false
    }

    /// The one list that several lines make: as `bytes`, or joined when there are several; `nil` when there is none.
    public func list(_ name: HTTPFieldName) -> ArraySlice<UInt8>? {
        guard mayOccur(name) else { return nil }
        return bytes(name) ?? self[name].map { Array($0.utf8)[...] }
    }

    /// `false` when a known name surely does not occur.
    @inline(__always)
    func mayOccur(_ name: HTTPFieldName) -> Bool {
        guard let known = name.known else { return true }
        return present & (1 << UInt32(known.rawValue)) != 0
    }

    @inline(__always)
    private func isNamed(_ slot: FieldSlot, _ name: HTTPFieldName) -> Bool {
        if let known = name.known { return slot.known == known }
        guard slot.known == nil else { return false }
        return head[Int(slot.nameStart)..<Int(slot.nameEnd)].matches(name.other)
    }
}
