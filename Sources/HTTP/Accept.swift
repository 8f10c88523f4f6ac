/// The media types that a resource offers, and the choice among them by an `Accept` field (RFC 9110 §12.5.1).
///
/// Make one and keep it: a choice reads the field once.
public struct Accept: Sendable {
    private struct Offer: Sendable {
        let name: [UInt8]
        let slash: Int
    }

    /// What the field says about an offer: the most precise range counts.
    private struct Rank {
        /// 0: no range matches; 1: `*/*`; 2: `type/*`; 3: `type/subtype`.
        var precision = 0
        /// Thousandths; 0 excludes.
        var quality = 0
    }

    private let offers: [Offer]
    private let anything: Int?

    /// Offers in the order of preference.
    ///
    /// - Parameters:
    ///   - types: lower-case `type/subtype` without parameters, at least one.
    ///   - anything: the index of the offer for clients that accept the best one only by `*/*`, or say nothing; `nil`
    ///     to go by the order.
    public init(offers types: [String], anything: Int? = nil) {
        offers = types.map { type in
            let name = Array(type.utf8)
            return Offer(name: name, slash: name.firstIndex(of: Grammar.slash) ?? name.count)
        }
        self.anything = anything
    }

    /// The index of the offer with the highest quality, by order when several have it; `nil` when none is acceptable.
    public func choose(_ fields: RequestFields) -> Int? {
        choose(fields.list(.accept))
    }

    /// The same for a field value; `nil` and an empty value mean `*/*`.
    public func choose(_ value: ArraySlice<UInt8>?) -> Int? {
        guard let value, !value.isEmpty else { return anything ?? 0 }
        let ranks = ranks(value.span)
        var best = 0
        for index in ranks.indices where ranks[index].quality > ranks[best].quality { best = index }
        guard ranks[best].quality > 0 else { return nil }
        guard ranks[best].precision == 1, let anything, ranks[anything].quality > 0 else { return best }
        return anything
    }

    private func ranks(_ value: Span<UInt8>) -> [Rank] {
        var ranks = [Rank](repeating: Rank(), count: offers.count)
        var position = 0
        while let range = WeightedElement.next(value, at: &position) {
            for index in offers.indices {
                let precision = Self.precision(range, value, offers[index])
                guard precision > ranks[index].precision else { continue }
                ranks[index] = Rank(precision: precision, quality: range.quality)
            }
        }
        return ranks
    }

    private static func precision(_ range: WeightedElement, _ value: Span<UInt8>, _ offer: Offer) -> Int {
        guard let slash = range.slash else { return 0 }
        let isAnySubtype = range.end - slash == 2 && value[slash + 1] == Grammar.asterisk
        if slash - range.start == 1, value[range.start] == Grammar.asterisk { return isAnySubtype ? 1 : 0 }
        guard slash - range.start == offer.slash else { return 0 }
        let length = isAnySubtype ? offer.slash : offer.name.count
        guard isAnySubtype || range.end - range.start == length else { return 0 }
        for at in 0..<length where Grammar.lowercase(value[range.start + at]) != offer.name[at] { return 0 }
        return isAnySubtype ? 2 : 3
    }
}
