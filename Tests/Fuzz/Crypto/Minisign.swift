/// Keys and signatures of minisign that are taken have all their parts.
func fuzz(_ input: [UInt8]) {
    if let key = try? MinisignKey(input) {
        precondition(key.id.count == 8 && key.name.utf8.count == 16)
    }
    guard let parts = try? MinisignFormat.Parts(input) else { return }
    precondition(parts.keyID.count == 8 && parts.signature.count == 64)
    precondition(parts.comment == nil || parts.commentSignature.count == 64)
    _ = parts.time
}
