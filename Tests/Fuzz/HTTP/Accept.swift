private let offers = Accept(offers: ["application/json", "text/html", "text/plain"], anything: 1)

/// A choice is one of the offers; nothing traps. Entity tags and credentials are read along the way.
func fuzz(_ input: [UInt8]) {
    if let choice = offers.choose(input[...]) { precondition((0..<3).contains(choice)) }
    _ = ContentCoding.choose(input[...])
    switch Authorization(input[...]) {
    case .basic(let user, let password):
        precondition(!user.utf8.contains(UInt8(ascii: ":")) && !(user + password).utf8.contains(0))
    case .bearer(let token): precondition(!token.isEmpty)
    default: break
    }
    let text = String(decoding: input, as: UTF8.self)
    let fields = RequestFields([
        ("If-None-Match", text), ("If-Match", text), ("Range", text), ("Accept", text), ("Accept", "x"),
    ])
    guard let target = try? RequestTarget("/") else { return }
    let request = HTTPRequest(method: .get, target: target, minorVersion: 1, fields: fields, framing: .none)
    _ = Conditional.evaluate(request, etag: "\"abc\"")
    _ = offers.choose(fields)
    _ = fields.contains(.accept, token: "x")
}
