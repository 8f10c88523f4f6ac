/// Signed data and raw signatures: nobody who is trusted made them, so none is valid, whatever libcrypto reads.
func fuzz(_ input: [UInt8]) {
    guard let key = try? PublicKey(raw: [0x58] + [UInt8](repeating: 0x66, count: 31), of: .ed25519) else {
        preconditionFailure("the base point is a key")
    }
    var trust = TrustMaterial()
    trust.keys = [key]
    let verifier = SignatureVerifier(trust: trust, now: 1_795_219_200)
    let file = SignedFile(name: nil, bytes: [1, 2, 3])
    // A certificate that came along leads nowhere, also when it is its own root.
    precondition(!verifier.verdict(on: input, of: file).isValid)
    precondition(!verifier.verdict(on: [0x30] + input, of: file).isValid)
}
