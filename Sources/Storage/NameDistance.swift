/// How many slips of a finger lie between two names: the optimal string alignment distance, where a character that is
/// missing, added or another one counts as one slip, and two that changed places too.
enum NameDistance {
    /// The distance; `nil` when it is more than `limit`.
    ///
    /// - Complexity: the product of the lengths; names have 64 bytes or so.
    static func between(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int? {
        guard abs(left.count - right.count) <= limit else { return nil }
        var (earlier, previous) = ([Int](), Array(0...right.count))
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let isSame = left[row] == right[column]
                var best = min(previous[column] + (isSame ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, earlier[column - 1] + 1)
                }
                current.append(best)
            }
            (earlier, previous) = (previous, current)
        }
        return previous[right.count] <= limit ? previous[right.count] : nil
    }

    /// How many slips are forgiven in a name of so many bytes: in short names every one makes another name.
    static func limit(length: Int) -> Int {
        switch length {
        case ...3: 0
        case ...7: 1
        default: 2
        }
    }
}
