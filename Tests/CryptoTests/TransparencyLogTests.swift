import Testing

@testable import Crypto

struct MerkleTreeTests {
    @Test func `agrees with every inclusion proof`() throws {
        let cases = try Vectors.json("tlog/proofs.json")["inclusion"]?.array ?? []
        #expect(cases.count == 303)
        for test in cases {
            let root = MerkleTree.root(
                leaf: test["leaf"]?.hex ?? [], index: test["index"]?.integer ?? -1, size: test["size"]?.integer ?? -1,
                proof: (test["proof"]?.array ?? []).map(\.hex))
            #expect((root == test["root"]?.hex) == (test["ok"] == .boolean(true)), "\(test)")
        }
    }

    @Test func `agrees with every consistency proof`() throws {
        let cases = try Vectors.json("tlog/proofs.json")["consistency"]?.array ?? []
        #expect(cases.count == 232)
        for test in cases {
            let holds = MerkleTree.isConsistent(
                old: (test["old"]?.integer ?? -1, test["old_root"]?.hex ?? []),
                new: (test["new"]?.integer ?? -1, test["new_root"]?.hex ?? []),
                proof: (test["proof"]?.array ?? []).map(\.hex))
            #expect(holds == (test["ok"] == .boolean(true)), "\(test)")
        }
    }

    @Test func `hashes entries as the tree of 600 does`() throws {
        let roots = try Vectors.json("tlog/proofs.json")["roots"]
        var level = (0..<2).map { MerkleTree.leafHash(of: Array("entry \($0)".utf8)) }
        #expect(level[0] == roots?["1"]?.hex)
        level[0] = MerkleTree.nodeHash(level[0], level[1])
        #expect(level[0] == roots?["2"]?.hex)
    }

    @Test(arguments: [(-1, 1), (1, 1), (0, 0), (Int64.max, Int64.max)] as [(Int64, Int64)])
    func `an index outside of the tree proves nothing`(index: Int64, size: Int64) {
        #expect(MerkleTree.root(leaf: sha256([]), index: index, size: size, proof: []) == nil)
    }

    @Test func `proofs have at most 64 hashes of 32 bytes`() {
        let hash = sha256([])
        #expect(MerkleTree.root(leaf: hash, index: 0, size: .max, proof: Array(repeating: hash, count: 65)) == nil)
        #expect(MerkleTree.root(leaf: hash, index: 0, size: .max, proof: Array(repeating: hash, count: 63)) != nil)
        #expect(MerkleTree.root(leaf: hash, index: 0, size: 2, proof: [hash + [0]]) == nil)
        #expect(MerkleTree.root(leaf: [1], index: 0, size: 1, proof: []) == nil)
    }
}

struct SignedNoteTests {
    @Test func `agrees with golang's note on every case`() throws {
        let cases = try Vectors.json("tlog/notes.json").array ?? []
        #expect(cases.count == 31)
        for test in cases {
            let keys = (test["Keys"]?.array ?? []).compactMap { SignedNote.Key($0.string ?? "") }
            let note = SignedNote(Array((test["Note"]?.string ?? "").utf8))
            #expect((note?.isSigned(by: keys) ?? false) == (test["Ok"] == .boolean(true)), "\(test["Name"] as Any)")
        }
    }

    @Test func `verifies a witness's cosignature`() throws {
        let test = try Vectors.json("tlog/cosignature.json")
        let (log, witness) = (test["log"]?.string ?? "", test["witness"]?.string ?? "")
        let text = test["checkpoint"]?.string ?? ""
        let note = try #require(SignedNote(Array(text.utf8)))
        #expect(note.isSigned(by: [try #require(SignedNote.Key(log))]))
        #expect(note.isSigned(by: [try #require(SignedNote.Key(witness))]))
        let changed = try #require(SignedNote(Array(("x" + text).utf8)))
        #expect(!changed.isSigned(by: [try #require(SignedNote.Key(witness))]))
    }

    @Test func `reads the checkpoints of real logs`() throws {
        let tessera = try Vectors.json("tlog/tessera.json")["checkpoints"]
        let own = try Vectors.json("tlog/proofs.json")
        for size in 0..<15 {
            let note = try #require(SignedNote(Array((tessera?["\(size)"]?.string ?? "").utf8)))
            let checkpoint = try #require(Checkpoint(note.text))
            #expect(checkpoint.size == Int64(size) && checkpoint.origin == "example.com/log/testdata")
        }
        let key = try #require(SignedNote.Key(own["vkey"]?.string ?? ""))
        for text in own["checkpoints"]?.array ?? [] {
            let note = try #require(SignedNote(Array((text.string ?? "").utf8)))
            #expect(note.isSigned(by: [key]))
            let checkpoint = try #require(Checkpoint(note.text))
            #expect(checkpoint.root == own["roots"]?["\(checkpoint.size)"]?.hex ?? checkpoint.root)
        }
    }

    @Test(arguments: [
        "log\n1\n", "log\n\nRUNJ5CLwUpcZHq0T4h09tSDlq+9SBV5JZLgvshP1k6E=\n",
        "log\n01\nRUNJ5CLwUpcZHq0T4h09tSDlq+9SBV5JZLgvshP1k6E=\n",
        "log\n-1\nRUNJ5CLwUpcZHq0T4h09tSDlq+9SBV5JZLgvshP1k6E=\n",
        "\n1\nRUNJ5CLwUpcZHq0T4h09tSDlq+9SBV5JZLgvshP1k6E=\n",
        "log\n1\nRUNJ5CLwUpcZHq0T4h09tSDlq+9SBV5JZLgvshP1k6E\n", "log\n1\nAA==\n", "log\n1", "",
        "log\n9223372036854775808\nRUNJ5CLwUpcZHq0T4h09tSDlq+9SBV5JZLgvshP1k6E=\n",
    ])
    func `refuses checkpoints that are malformed`(text: String) {
        #expect(Checkpoint(text) == nil)
    }
}
