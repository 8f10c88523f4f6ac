/// Values of extensions, and certificates: names are never empty, promises have a log of 32 bytes.
func fuzz(_ input: [UInt8]) {
    var reader = DERReader(input)
    while let (tag, content) = reader.next() {
        precondition(tag & 0x1F != 0x1F && content.count < input.count)
    }
    if let names = CertificateIdentity.names(input) {
        precondition(!names.isEmpty && names.allSatisfy { !$0.text.isEmpty })
    }
    if let timestamps = CertificateTimestamps(input) {
        precondition(timestamps.promises.allSatisfy { $0.logID.count == 32 })
    }
    guard let certificate = X509Certificate(der: input) else { return }
    _ = try? CertificateIdentity(certificate)
    _ = (certificate.subject, certificate.tbsWithoutSCTs, certificate.isAuthority, try? certificate.key())
    _ = try? certificate.verifyChain(to: [certificate], over: [certificate], at: certificate.notBefore)
    _ = certificate.verifiedTime(of: input, over: input, others: [certificate], root: certificate)
}
