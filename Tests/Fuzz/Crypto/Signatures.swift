/// No bytes are a valid signature where nobody is trusted, whatever their format; statements and roots are read too.
func fuzz(_ input: [UInt8]) {
    let verifier = SignatureVerifier(trust: TrustMaterial(), now: 0)
    let verdict = verifier.verdict(on: input, of: SignedFile(name: "demo-1.0.tar.gz", bytes: input))
    precondition(!verdict.isValid && verdict.failedStep != nil)
    if let statement = try? Statement(input) {
        _ = try? statement.requireAttestation(of: SignedFile(name: "demo-1.0.tar.gz", bytes: input))
    }
    var trust = TrustMaterial()
    try? trust.add(input)
}
