/// The parts of a version, as PEP 440's grammar names them. Numbers stay decimal digits, because they may have any
/// size.
struct VersionParts: Hashable, Sendable {
    /// Decimal digits without leading zeros; zero is `0`.
    typealias Number = ArraySlice<UInt8>

    /// The kind of a pre-release; the raw value is its rank in PEP 440's order.
    enum Phase: UInt8, Sendable {
        /// `a`, `alpha`.
        case alpha = 1
        /// `b`, `beta`.
        case beta
        /// `rc`, `c`, `pre`, `preview`.
        case candidate

        /// The letters of the normal form.
        var letters: String {
            switch self {
            case .alpha: "a"
            case .beta: "b"
            case .candidate: "rc"
            }
        }
    }

    /// One part of a local version label.
    enum LocalPart: Hashable, Sendable {
        /// Only digits: compared as a number.
        case number(Number)
        /// Lower case: compared byte by byte.
        case word(ArraySlice<UInt8>)
    }

    /// The number zero.
    static let zero: Number = [UInt8(ascii: "0")]

    /// Before `!`; 0 when none was written.
    var epoch = zero
    /// At least one number, trailing zeros kept.
    var release: [Number] = []
    /// The kind of pre-release, if it is one.
    var phase: Phase?
    /// The number of the pre-release; meaningful only with a `phase`.
    var phaseNumber = zero
    /// The number of the post-release, if it is one.
    var post: Number?
    /// The number of the developmental release, if it is one.
    var dev: Number?
    /// The local version label; empty when there is none.
    var local: [LocalPart] = []

    /// Pre-release or developmental release (PEP 440).
    var isPrerelease: Bool { phase != nil || dev != nil }

    /// The release without trailing zeros; empty when all of it is zero.
    var trimmedRelease: ArraySlice<Number> {
        var trimmed = release[...]
        while trimmed.last == Self.zero { trimmed.removeLast() }
        return trimmed
    }

    /// The same version without its local version label.
    var withoutLocal: VersionParts {
        var parts = self
        parts.local = []
        return parts
    }
}

extension VersionParts {
    /// The normal form as ASCII (PEP 440, "Normalization").
    ///
    /// - Parameter trimmed: leaves out the trailing zeros of the release (but keeps its first number).
    func normalForm(trimmed: Bool = false) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        if epoch != Self.zero {
            bytes += epoch
            bytes.append(UInt8(ascii: "!"))
        }
        let shown = trimmed ? release.prefix(max(1, trimmedRelease.count)) : release[...]
        for (index, number) in shown.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ".")) }
            bytes += number
        }
        if let phase {
            bytes += phase.letters.utf8
            bytes += phaseNumber
        }
        if let post {
            bytes += ".post".utf8
            bytes += post
        }
        if let dev {
            bytes += ".dev".utf8
            bytes += dev
        }
        for (index, part) in local.enumerated() {
            bytes.append(UInt8(ascii: index == 0 ? "+" : "."))
            switch part {
            case .number(let bytesOfPart), .word(let bytesOfPart): bytes += bytesOfPart
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Bytes whose lexicographic order is PEP 440's order of versions; equal for equal versions.
    ///
    /// A number is its count of digits, then the digits. Lists end with a byte lower than any that can begin an
    /// element, so a prefix sorts first.
    var orderKey: [UInt8] {
        var key: [UInt8] = []
        key.reserveCapacity(32)
        func add(_ number: Number) {
            key.append(UInt8(truncatingIfNeeded: number.count))
            key += number
        }
        add(epoch)
        trimmedRelease.forEach(add)
        key.append(0)
        // 1.0.dev1 sorts below 1.0a1, and 1.0 above 1.0rc1.
        key.append(phase?.rawValue ?? (post == nil && dev != nil ? 0 : 4))
        if phase != nil { add(phaseNumber) }
        key.append(post == nil ? 0 : 1)
        if let post { add(post) }
        key.append(dev == nil ? 1 : 0)
        if let dev { add(dev) }
        guard !local.isEmpty else { return key }
        for part in local {
            switch part {
            case .word(let word):
                key.append(1)
                key += word
                key.append(0)
            case .number(let number):
                key.append(2)
                add(number)
            }
        }
        key.append(0)
        return key
    }
}
