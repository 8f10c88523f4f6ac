/// What is read has one spelling, within the limits, and was not made with a key that is nowhere else.
func fuzz(_ input: [UInt8]) {
    guard let macaroon = Macaroon(input) else { return }
    precondition(macaroon.encoded == input && input.count <= Macaroon.sizeLimitBytes)
    precondition(macaroon.caveats.count <= Macaroon.caveatLimit)
    precondition(macaroon.original(key: Array("a key that is nowhere else".utf8)) == nil)
    guard let narrowed = macaroon.narrowed(by: Array("[1, []]".utf8)) else { return }
    precondition(Macaroon(narrowed.encoded) == narrowed)
}
