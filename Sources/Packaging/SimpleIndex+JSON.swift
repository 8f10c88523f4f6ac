extension SimpleProjectList {
    /// The page in JSON (Simple API 1.4). Each project has its `_last-serial`, which bandersnatch needs.
    public func json() -> [UInt8] {
        var page = PageWriter(reserving: 128 + projects.count * 64)
        page.addMeta(lastSerial: lastSerial)
        page.add(",\"projects\":[")
        for (index, project) in projects.enumerated() {
            page.add(index == 0 ? "{\"name\":" : ",{\"name\":")
            page.add(json: project.name.text)
            page.add(",\"_last-serial\":")
            page.add(project.serial)
            page.add("}")
        }
        page.add("]}\n")
        return page.bytes
    }
}

extension SimpleProjectDetail {
    /// The page in JSON (Simple API 1.4). Keys without a value are left out: uv refuses a page with `null`.
    public func json() -> [UInt8] {
        var page = PageWriter(reserving: 256 + versions.count * 16 + files.count * 640)
        page.addMeta(lastSerial: lastSerial)
        page.add(",\"name\":")
        page.add(json: name.normalized)
        addStatus(to: &page)
        page.add(",\"versions\":[")
        for (index, version) in versions.enumerated() {
            if index > 0 { page.add(",") }
            page.add(json: version.description)
        }
        page.add("],\"files\":[")
        for (index, file) in files.enumerated() {
            if index > 0 { page.add(",") }
            page.add(json: file)
        }
        page.add("]}\n")
        return page.bytes
    }

    private func addStatus(to page: inout PageWriter) {
        guard status != .active || statusReason != nil else { return }
        page.add(",\"project-status\":{\"status\":")
        page.add(json: status.rawValue)
        if let statusReason {
            page.add(",\"reason\":")
            page.add(json: statusReason)
        }
        page.add("}")
    }
}

extension PageWriter {
    fileprivate mutating func addMeta(lastSerial: Int64) {
        add("{\"meta\":{\"api-version\":\"\(SimpleIndex.apiVersion)\",\"_last-serial\":")
        add(lastSerial)
        add("}")
    }

    fileprivate mutating func add(json file: SimpleFile) {
        add("{\"filename\":")
        add(json: file.filename.text)
        add(",\"url\":")
        add(json: file.url)
        add(",\"hashes\":")
        add(hashes: file.sha256)
        if let requiresPython = file.requiresPython {
            add(",\"requires-python\":")
            add(json: requiresPython)
        }
        add(",\"size\":")
        add(file.size)
        add(",\"upload-time\":\"")
        add(file.uploadTime.description)
        add("\"")
        if let yank = file.yank {
            add(",\"yanked\":")
            // An empty string would mean "not yanked" (PEP 691).
            if yank.reason.isEmpty { add("true") } else { add(json: yank.reason) }
        }
        // Never under the old name `dist-info-metadata`: pip 22.3 to 23.1 crash on an object there.
        if let coreMetadata = file.coreMetadata {
            add(",\"core-metadata\":")
            add(hashes: coreMetadata)
        }
        if file.hasSignature { add(",\"gpg-sig\":true") }
        if let provenance = file.provenance {
            add(",\"provenance\":")
            add(json: provenance)
        }
        add("}")
    }

    private mutating func add(hashes digest: Digest) {
        add("{\"\(digest.algorithm.rawValue)\":\"")
        add(digest)
        add("\"}")
    }
}
