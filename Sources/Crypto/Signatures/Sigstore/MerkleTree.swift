/// The hash tree of a transparency log (RFC 9162 §2.1, with SHA-256).
public enum MerkleTree {
    /// The most hashes of a proof: no tree of 2^63 entries needs more.
    static let proofLimit = 64

    /// The hash of an entry.
    public static func leafHash(of entry: [UInt8]) -> [UInt8] {
        sha256([0] + entry)
    }

    /// The hash of two neighbours.
    public static func nodeHash(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
        sha256([1] + left + right)
    }

    /// The root that follows from an inclusion proof (RFC 9162 §2.1.3.2).
    ///
    /// - Parameters:
    ///   - leaf: the entry's hash.
    ///   - index: where the entry stands, from 0.
    ///   - size: how many entries the tree has.
    ///   - proof: the neighbours on the way up.
    /// - Returns: `nil` when index, size and the proof's length do not go together, or a hash has not 32 bytes.
    public static func root(leaf: [UInt8], index: Int64, size: Int64, proof: [[UInt8]]) -> [UInt8]? {
        guard index >= 0, index < size, leaf.count == 32, isWellFormed(proof) else { return nil }
        var (place, last) = (index, size - 1)
        var hash = leaf
        for neighbour in proof {
            guard last > 0 else { return nil }
            if place & 1 == 1 || place == last {
                hash = nodeHash(neighbour, hash)
                while place & 1 == 0 && place != 0 { (place, last) = (place >> 1, last >> 1) }
            } else {
                hash = nodeHash(hash, neighbour)
            }
            (place, last) = (place >> 1, last >> 1)
        }
        return last == 0 ? hash : nil
    }

    /// Whether a tree goes on from an earlier one (RFC 9162 §2.1.4.2): its first entries are the earlier one's.
    public static func isConsistent(
        old: (size: Int64, root: [UInt8]), new: (size: Int64, root: [UInt8]), proof: [[UInt8]]
    ) -> Bool {
        guard old.size > 0, old.size <= new.size, isWellFormed(proof) else { return false }
        guard old.size < new.size else { return proof.isEmpty && old.root == new.root }
        // The old root is no part of the proof when the old tree is complete.
        var path = old.size & (old.size - 1) == 0 ? [old.root] + proof : proof
        guard !path.isEmpty else { return false }
        let first = path.removeFirst()
        var (place, last) = (old.size - 1, new.size - 1)
        while place & 1 == 1 { (place, last) = (place >> 1, last >> 1) }
        var (before, after) = (first, first)
        for neighbour in path {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                before = nodeHash(neighbour, before)
                after = nodeHash(neighbour, after)
                while place & 1 == 0 && place != 0 { (place, last) = (place >> 1, last >> 1) }
            } else {
                after = nodeHash(after, neighbour)
            }
            (place, last) = (place >> 1, last >> 1)
        }
        return last == 0 && before == old.root && after == new.root
    }

    private static func isWellFormed(_ proof: [[UInt8]]) -> Bool {
        proof.count <= proofLimit && proof.allSatisfy { $0.count == 32 }
    }
}
