/// Packets are no longer than their file; a key that is taken has a fingerprint of its version's length; what its
/// signatures say is read without a crash, and they are not about other data.
func fuzz(_ input: [UInt8]) {
    _ = OpenPGPArmor.content(input, "PGP SIGNATURE")
    let packets = OpenPGPPacket.all(in: input, limit: 64) ?? []
    precondition(packets.reduce(0) { $0 + $1.body.count } <= input.count)
    var keys: [OpenPGPKey] = []
    for packet in packets {
        if let key = OpenPGPKey(packet.body) {
            precondition(key.fingerprint.count == (key.version == 6 ? 32 : 20) && key.id.count == 8)
            keys.append(key)
        }
        guard let signature = try? OpenPGPSignature(packet.body) else { continue }
        for key in keys where signature.mayBe(by: key) {
            precondition(key.refusal(of: signature, over: [UInt8](repeating: 0, count: 64)) != nil)
        }
    }
    guard let certificates = try? OpenPGPCertificate.all(in: input) else { return }
    for certificate in certificates {
        for key in certificate.keys { try? certificate.requireSigner(key, at: [0, 1_795_219_200]) }
        _ = certificate.concern(at: 1_795_219_200)
    }
}
