/// What decodes encodes to the same text again, and every block of PEM can be read alone.
func fuzz(_ input: [UInt8]) {
    if let bytes = Base64.decode(input) { precondition(Array(Base64.encode(bytes).utf8) == input) }
    precondition(Base64.decode(Base64.encode(input)) == input)
    for block in PEMBlock.all(in: input) ?? [] {
        let text = "-----BEGIN \(block.label)-----\n\(Base64.encode(block.bytes))\n-----END \(block.label)-----\n"
        precondition(PEMBlock.all(in: Array(text.utf8)) == [block])
    }
}
