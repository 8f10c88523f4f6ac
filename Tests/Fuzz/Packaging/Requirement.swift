/// A requirement that is taken has a normal form, which is taken again and is its own normal form.
func fuzz(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    do {
        let requirement = try Requirement(text)
        let normal = requirement.description
        precondition((try? Requirement(normal))?.description == normal, normal)
        precondition(requirement.extras == Set(requirement.extras).sorted())
        precondition(requirement.url == nil || requirement.specifier.isEmpty)
    } catch {
        precondition(error.reason.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, error.reason)
    }
    if let normal = (try? Marker(text))?.description {
        precondition((try? Marker(normal))?.description == normal, normal)
    }
}
