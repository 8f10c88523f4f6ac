extension SimpleProjectList {
    /// The page in HTML (Simple API 1.4, PEP 503). Links are relative to the page.
    public func html() -> [UInt8] {
        var page = PageWriter(reserving: 512 + projects.count * 64)
        page.addHead(title: "Simple index")
        for project in projects {
            page.add("<a href=\"")
            page.add(project.name.normalized)
            page.add("/\">")
            page.add(html: project.name.text)
            page.add("</a><br>\n")
        }
        page.addFoot(lastSerial: lastSerial)
        return page.bytes
    }
}

extension SimpleProjectDetail {
    /// The page in HTML (Simple API 1.4, frozen by PEP 833): no versions, sizes or times.
    public func html() -> [UInt8] {
        var page = PageWriter(reserving: 1024 + files.count * 640)
        var status: (String, reason: String?)?
        if self.status != .active || statusReason != nil { status = (self.status.rawValue, statusReason) }
        page.addHead(title: "Links for \(name.text)", status: status)
        // One link with the attribute obliges all links to have it (PEP 503).
        let showsSignatures = files.contains(where: \.hasSignature)
        for file in files {
            page.add(anchor: file, showsSignature: showsSignatures)
        }
        page.addFoot(lastSerial: lastSerial)
        return page.bytes
    }
}

extension PageWriter {
    fileprivate mutating func addHead(title: String, status: (String, reason: String?)? = nil) {
        // pip 22.0 refuses a page that does not begin with exactly this doctype.
        add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        add(meta: "pypi:repository-version", SimpleIndex.apiVersion)
        if let status {
            add(meta: "pypi:project-status", status.0)
            if let reason = status.reason { add(meta: "pypi:project-status-reason", reason) }
        }
        add("<title>")
        add(html: title)
        add("</title>\n</head>\n<body>\n<h1>")
        add(html: title)
        add("</h1>\n")
    }

    fileprivate mutating func addFoot(lastSerial: Int64) {
        add("</body>\n</html>\n<!--SERIAL ")
        add(lastSerial)
        add("-->\n")
    }

    fileprivate mutating func add(anchor file: SimpleFile, showsSignature: Bool) {
        add("<a href=\"")
        add(html: file.url)
        add("#sha256=")
        add(file.sha256)
        add("\"")
        if let requiresPython = file.requiresPython { add(attribute: "data-requires-python", requiresPython) }
        if let coreMetadata = file.coreMetadata {
            // pip 22.3 to 23.1 read only the old name.
            add(attribute: "data-core-metadata", coreMetadata.description)
            add(attribute: "data-dist-info-metadata", coreMetadata.description)
        }
        if let yank = file.yank { add(attribute: "data-yanked", yank.reason) }
        if showsSignature { add(attribute: "data-gpg-sig", file.hasSignature ? "true" : "false") }
        if let provenance = file.provenance { add(attribute: "data-provenance", provenance) }
        add(">")
        add(html: file.filename.text)
        add("</a><br>\n")
    }

    private mutating func add(meta name: String, _ content: String) {
        add("<meta name=\"\(name)\"")
        add(attribute: "content", content)
        add(">\n")
    }

    private mutating func add(attribute name: String, _ value: String) {
        add(" ")
        add(name)
        add("=\"")
        add(html: value)
        add("\"")
    }
}
