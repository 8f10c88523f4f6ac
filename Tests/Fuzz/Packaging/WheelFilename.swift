/// A file name that is read can be printed on a page and in a header, and says the same when it is read again.
func fuzz(_ input: [UInt8]) {
    let text = String(decoding: input, as: UTF8.self)
    do {
        let name = try DistributionFilename(text, allowingZip: true)
        precondition(
            name.text == text && text.utf8.allSatisfy { (0x21..<0x7F).contains($0) && $0 != 0x2F && $0 != 0x5C })
        precondition((try? ProjectName(name.project.text)) == name.project)
        precondition((try? Version(name.version.description)) == name.version)
        precondition(
            (try? DistributionFilename(text, expecting: (name.project, name.version), allowingZip: true)) == name)
        if case .wheel(let wheel) = name {
            precondition(!wheel.tags.isEmpty && text.hasPrefix(wheel.stem + "-"))
            precondition(wheel.build?.first?.isNumber ?? true)
        }
    } catch {
        precondition(error.reason.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, error.reason)
    }
}
