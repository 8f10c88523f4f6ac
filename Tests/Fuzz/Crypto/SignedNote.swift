/// A note that is taken has a text that ends in a newline and signatures of at least one byte, none of them by nobody.
func fuzz(_ input: [UInt8]) {
    guard let note = SignedNote(input) else { return }
    precondition(note.text.hasSuffix("\n") && !note.signatures.isEmpty)
    precondition(note.signatures.allSatisfy { $0.hint.count == 4 && !$0.bytes.isEmpty && !$0.name.isEmpty })
    precondition(!note.isSigned(by: []))
    if let checkpoint = Checkpoint(note.text) {
        precondition(checkpoint.root.count == 32 && checkpoint.size >= 0 && !checkpoint.origin.isEmpty)
    }
    _ = SignedNote.Key(note.signatures[0].name)
}
