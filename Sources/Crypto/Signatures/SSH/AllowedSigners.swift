internal import Packaging

/// One line of OpenSSH's `allowed_signers` (ssh-keygen(1), ALLOWED SIGNERS): who has which key, for what, and when.
struct AllowedSigner: Sendable {
    /// The patterns of names, as written.
    let principals: [String]
    /// The key as it stands in signatures.
    let blob: [UInt8]
    /// Why nothing is verified with the key, as a clause; `nil` when it is good.
    let concern: String?
    private let namespaces: [String]?
    private let validAfter: Int64?
    private let validBefore: Int64?

    /// Whether the key is for this namespace. Patterns as for principals.
    func allows(_ namespace: String) -> Bool {
        namespaces.map { Self.matches(namespace, $0) } ?? true
    }

    /// Whether the line holds at a time, in seconds since 1970; both ends belong to it.
    func holds(at time: Int64) -> Bool {
        (validAfter.map { time >= $0 } ?? true) && (validBefore.map { time <= $0 } ?? true)
    }

    /// Whether the principal is one of the line's: some pattern matches, and none that begins with `!` does.
    func names(_ principal: String) -> Bool {
        Self.matches(principal, principals)
    }

    private static func matches(_ name: String, _ patterns: [String]) -> Bool {
        var isNamed = false
        for pattern in patterns {
            // Bytes, as OpenSSH reads them: among the characters of Swift a mark that combines hides what stands before it.
            let isNegated = pattern.utf8.first == UInt8(ascii: "!")
            guard matches(Array(name.utf8), Array(pattern.utf8.dropFirst(isNegated ? 1 : 0))) else { continue }
            if isNegated { return false }
            isNamed = true
        }
        return isNamed
    }

    /// `*` stands for any bytes and `?` for one. Goes back to the last `*` only, so never takes longer than the product
    /// of the lengths.
    private static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var (at, place) = (0, 0)
        var star: (place: Int, at: Int)?
        while at < name.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, at)
                place += 1
            } else if place < pattern.count, pattern[place] == UInt8(ascii: "?") || pattern[place] == name[at] {
                place += 1
                at += 1
            } else if let last = star {
                star = (last.place, last.at + 1)
                (place, at) = (last.place + 1, last.at + 1)
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

extension AllowedSigner {
    /// Reads a file: its lines but empty ones, comments and lines of `cert-authority` (certificates are not verified
    /// here).
    ///
    /// A key of a weak or unknown kind does not spoil the file: its line stays, with its `concern`.
    ///
    /// - Throws: with the line's number, for anything that is no such line.
    static func all(in file: [UInt8]) throws(TrustMaterial.Refusal) -> [AllowedSigner] {
        guard let text = String(validating: file, as: UTF8.self) else {
            throw TrustMaterial.Refusal(reason: "it is of no known kind: not JSON, PEM, OpenPGP, minisign or text")
        }
        var signers: [AllowedSigner] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            do throws(LineFault) {
                if let signer = try AllowedSigner(line: Array(line.utf8)) { signers.append(signer) }
            } catch {
                throw TrustMaterial.Refusal(reason: "as allowed_signers its line \(index + 1) \(error.reason)")
            }
        }
        return signers
    }

    /// What is wrong with a line, as a clause.
    private struct LineFault: Error {
        let reason: String
    }

    /// - Returns: `nil` for a line without a signer.
    private init?(line: [UInt8]) throws(LineFault) {
        var words = try Self.words(line)[...]
        guard let first = words.first, !first.starts(with: "#".utf8) else { return nil }
        words = words.dropFirst()
        principals = Self.list(Self.unquoted(first))
        guard SSHKey.Algorithm(rawValue: principals[0]) == nil else {
            throw LineFault(reason: "begins with a key; in allowed_signers principals stand before it")
        }
        var options = Options()
        if let word = words.first, Self.isOptions(word) {
            options = try Options(word)
            words = words.dropFirst()
        }
        guard words.count >= 2 else { throw LineFault(reason: "is not 'principals [options] keytype base64'") }
        guard !options.isAuthority else { return nil }
        guard let blob = Base64.decode(words[words.startIndex + 1]) else {
            throw LineFault(reason: "has a key that is not base64")
        }
        self.blob = blob
        (namespaces, validAfter, validBefore) = (options.namespaces, options.validAfter, options.validBefore)
        var type = words.first
        do throws(SSHKey.Refusal) {
            type = Array(try SSHKey(blob).algorithm.rawValue.utf8)
            concern = nil
        } catch {
            guard error != .malformed else { throw LineFault(reason: "has a key that cannot be read") }
            concern = error.reason
        }
        guard words.first == type else { throw LineFault(reason: "names another key type than the key has") }
    }

    /// Whether the second word of a line is options and not the key type.
    private static func isOptions(_ word: [UInt8]) -> Bool {
        word.contains(UInt8(ascii: "=")) || String(decoding: word, as: UTF8.self).lowercased() == "cert-authority"
    }

    /// The words of a line, which spaces and tabs part outside of double quotes.
    private static func words(_ line: [UInt8]) throws(LineFault) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var word: [UInt8] = []
        var isQuoted = false
        for byte in line {
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            if !isQuoted, byte == 0x20 || byte == 0x09 || byte == 0x0D {
                if !word.isEmpty { words.append(word) }
                word = []
            } else {
                word.append(byte)
            }
        }
        guard !isQuoted || words.first?.starts(with: "#".utf8) == true else {
            throw LineFault(reason: "has a quotation mark that is not closed")
        }
        return word.isEmpty ? words : words + [word]
    }

    private static func unquoted(_ word: [UInt8]) -> [UInt8] {
        guard word.count >= 2, word.first == UInt8(ascii: "\""), word.last == UInt8(ascii: "\"") else { return word }
        return Array(word.dropFirst().dropLast())
    }

    private static func list(_ word: [UInt8]) -> [String] {
        word.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// The second word of a line.
    private struct Options {
        var namespaces: [String]?
        var validAfter: Int64?
        var validBefore: Int64?
        var isAuthority = false

        init() {}

        init(_ word: [UInt8]) throws(LineFault) {
            for option in AllowedSigner.options(word) {
                let parts = option.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                let value = parts.count == 2 ? AllowedSigner.unquoted(Array(parts[1])) : []
                let text = String(decoding: value, as: UTF8.self)
                switch (String(decoding: parts[0], as: UTF8.self).lowercased(), parts.count) {
                case ("namespaces", 2): namespaces = AllowedSigner.list(value)
                case ("valid-after", 2): validAfter = try AllowedSigner.time(text)
                case ("valid-before", 2): validBefore = try AllowedSigner.time(text)
                case ("cert-authority", 1): isAuthority = true
                default: throw LineFault(reason: "has the unknown option \(quoted(option))")
                }
            }
        }
    }

    /// Options, which commas part outside of double quotes.
    private static func options(_ word: [UInt8]) -> [[UInt8]] {
        var isQuoted = false
        return word.split(omittingEmptySubsequences: false) { byte in
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            return byte == UInt8(ascii: ",") && !isQuoted
        }.map(Array.init)
    }

    /// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with or without `Z`: UTC, where ssh-keygen without `Z` takes the
    /// machine's own time zone.
    private static func time(_ text: String) throws(LineFault) -> Int64 {
        let digits = Array((text.hasSuffix("Z") ? text.dropLast() : text[...]).utf8)
        guard [8, 12, 14].contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw LineFault(reason: "has the time '\(text)'; write YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS")
        }
        let all = String(decoding: digits, as: UTF8.self) + "000000"
        func part(_ start: Int, _ count: Int) -> Substring { all.dropFirst(start).prefix(count) }
        let written = "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T\(part(8, 2)):\(part(10, 2)):\(part(12, 2))Z"
        guard let time = try? UploadTime(written) else {
            throw LineFault(reason: "has the time '\(text)'; there is none")
        }
        return time.microseconds / 1_000_000
    }
}
