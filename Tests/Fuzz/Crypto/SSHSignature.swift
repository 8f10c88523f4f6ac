/// Lines of `allowed_signers` that are taken have principals and a key; signatures are by no key of a file that is none.
func fuzz(_ input: [UInt8]) {
    if let signers = try? AllowedSigner.all(in: input) {
        for signer in signers {
            precondition(!signer.principals.isEmpty && !signer.blob.isEmpty)
            precondition(signer.concern != nil || (try? SSHKey(signer.blob)) != nil)
            _ = (signer.names("ann@example.org"), signer.allows("file"), signer.holds(at: 0))
        }
    }
    if let key = try? SSHKey(input) {
        precondition(key.refusal(of: input, over: input) != nil)
    }
    guard let parts = try? SSHSignatureFormat.Parts(input) else { return }
    precondition(parts.key.count + parts.signature.count < input.count)
    guard let key = try? SSHKey(parts.key) else { return }
    _ = key.refusal(of: parts.signature, over: parts.message(sha256([])))
}
