/// Timestamps of RFC 3161 by an authority that is trusted: what is valid states the time of the seeds, whatever was changed.
func fuzz(_ input: [UInt8]) {
    let file = SignedFile(name: nil, bytes: Array("demo of a timestamp\n".utf8))
    let verifier = SignatureVerifier(trust: trust, now: 1795933318)
    _ = TimestampFormat.recognizes(input)
    for bytes in [input, [0x30, 0x03, 0x02, 0x01, 0x00] + input] {
        var log = VerificationLog()
        guard let valid = try? TimestampFormat.verify(bytes, of: file, by: verifier, &log) else { continue }
        precondition(valid.time == .verified(1795933258) && valid.digest == file.sha256.bytes)
    }
}

/// The root of the seeds' authority.
private let trust: TrustMaterial = {
    var trust = TrustMaterial()
    do throws(TrustMaterial.Refusal) {
        try trust.add(Array("-----BEGIN CERTIFICATE-----\n\(root)\n-----END CERTIFICATE-----\n".utf8))
    } catch {
        preconditionFailure("\(error)")
    }
    return trust
}()

private let root = """
    MIIBbDCCARKgAwIBAgIUda0Sd9KOu0Xdo6neZRFEPBJ33eIwCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJQXV0aG9yaXR5MB4XDTIwMDEw
    MTAwMDAwMFoXDTQ2MDEwMTAwMDAwMFowFDESMBAGA1UEAwwJQXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEtHO8yaQl
    jC9fOuKTee1P18GdMDGndEqrZpBWdGZ3M/MLRbRkJyk2q+r1o+qMrNxwSKx58bvnjHUF5KWBf88mG6NCMEAwDwYDVR0TAQH/BAUwAwEB
    /zAOBgNVHQ8BAf8EBAMCAgQwHQYDVR0OBBYEFEJzEt3a1HgDxdeGDNqrmNsd3Bs7MAoGCCqGSM49BAMCA0gAMEUCIQD8ZQFWx85FgcCY
    TRfsCUY1pcZSUeVM5+sLiPc3z2VvDAIgKgEHjz6Pv3TUrsGxU/gMS9XdHeHf4nwxqNWXMx8CF0E=
    """
