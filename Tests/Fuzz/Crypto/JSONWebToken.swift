/// Any bytes as a token, and as an issuer's keys. Nothing that is not signed by the one key here is ever believed.
func fuzz(_ input: [UInt8]) {
    do throws(JSONWebToken.Refusal) {
        let token = try JSONWebToken(input)
        precondition(input.count <= JSONWebSignature.sizeLimitBytes && !token.signature.keyIdentifier.isEmpty)
        precondition(input.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).count == 3)
        let issuer = token.claimedIssuer ?? ""
        let claims = try token.verified(keys, .init(issuer: issuer, audience: "a", now: 1_790_000_000))
        preconditionFailure("believed: \(claims)")
    } catch {
        precondition(!error.reason.isEmpty)
    }
    do throws(JSONWebKeySet.Refusal) {
        _ = try JSONWebKeySet(input)
    } catch {
        precondition(!error.reason.isEmpty)
    }
}

/// The key of a vector, whose private half is nowhere.
private let keys: JSONWebKeySet = {
    let x = "7B88EePDSNukPJmpcoAQbxeMnu9XqR4e3Udj7jnqons"
    let text = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"a\",\"x\":\"\(x)\"}]}"
    guard let set = try? JSONWebKeySet(Array(text.utf8)) else { preconditionFailure() }
    return set
}()
