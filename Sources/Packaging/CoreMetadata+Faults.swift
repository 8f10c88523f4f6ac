/// Something in core metadata that is not as the specification says.
public struct MetadataFault: Hashable, Sendable {
    /// The field in the spelling of the specification, or of the file where the specification does not know it.
    public let field: String
    /// One sentence for the uploader, with the field and the value.
    public let sentence: String
    /// Whether only the public index minds; installers and readers do not.
    public let isAdvice: Bool
}

extension CoreMetadata {
    /// Whether ``faults()`` that are no advice are a reason to refuse an upload.
    ///
    /// Tools that write 2.2 or later were made to today's rules: of 228 such wheels of well-known projects none breaks
    /// them. Before that wheels such as bleach 5.0 (`tinycss2 (>=1.1.0<1.2)`) and pylint (`>=3.5.*`) did, about one in
    /// a hundred, and a mirror has to take them.
    public var isHeldToTheRules: Bool { metadataVersion >= .firstWithDynamic }

    /// What is wrong with the values of the fields, in the order of the file, and then with the fields together.
    ///
    /// - Complexity: linear in the size of the fields.
    public func faults() -> [MetadataFault] {
        var faults: [MetadataFault] = []
        if metadataVersion.isNewerThanKnown {
            let sentence =
                "Metadata-Version is \(metadataVersion), newer than \(MetadataVersion.newest), the newest known here; what"
                + " is new in it is not checked."
            faults.append(MetadataFault(field: "Metadata-Version", sentence: sentence, isAdvice: true))
        }
        var reported: Set<String> = []
        // 2.0 never was a standard; tools that wrote it used the fields that became 2.1.
        let level = metadataVersion == MetadataVersion(2, 0) ? MetadataVersion(2, 1) : metadataVersion
        for field in message.fields {
            let key = field.name.lowercasedASCII
            guard let rule = MetadataField.named[key], rule.since <= level else {
                if reported.insert(key).inserted { faults += unexpected(field.name, MetadataField.named[key]) }
                continue
            }
            faults += Self.faults(of: field.value.trimmedWhitespace, rule)
        }
        return faults + combinationFaults()
    }

    /// A field that this version of core metadata does not have. Its value is not looked at.
    private func unexpected(_ name: String, _ rule: MetadataField?) -> [MetadataFault] {
        guard let rule else {
            // A newer version may well have it.
            guard !metadataVersion.isNewerThanKnown else { return [] }
            let sentence = "Core metadata has no field \(PackagingError.quote(name))."
            return [MetadataFault(field: name, sentence: sentence, isAdvice: true)]
        }
        // Build tools wrote these years before PEP 639 was accepted.
        guard rule.since != .firstWithLicenseFiles else { return [] }
        let sentence = "\(rule.name) was introduced in metadata version \(rule.since), not \(metadataVersion)."
        return [MetadataFault(field: rule.name, sentence: sentence, isAdvice: true)]
    }

    private static func faults(of value: String, _ rule: MetadataField) -> [MetadataFault] {
        // These words of old build tools stand for a field that is absent.
        if !rule.isRepeatable, value.isEmpty || value == "UNKNOWN" { return [] }
        let shown = PackagingError.quote(value)
        do throws(PackagingError) {
            try rule.check(value)
        } catch {
            let sentence = "\(shown) is an invalid value for \(rule.name). Error: \(error.reason)"
            return [MetadataFault(field: rule.name, sentence: sentence, isAdvice: false)]
        }
        do throws(PackagingError) {
            try rule.advice(value)
        } catch {
            let sentence = "\(rule.name) is \(shown). \(error.reason)"
            return [MetadataFault(field: rule.name, sentence: sentence, isAdvice: true)]
        }
        return []
    }

    /// What fields may not say together.
    private func combinationFaults() -> [MetadataFault] {
        var faults: [MetadataFault] = []
        func add(_ field: String, _ sentence: String) {
            faults.append(MetadataFault(field: field, sentence: sentence, isAdvice: false))
        }
        if metadataVersion >= .firstWithLicenseFiles, isGiven("License"), isGiven("License-Expression") {
            add("License", "License is deprecated when License-Expression is present; remove License.")
        }
        if isGiven("Description"), !body.isEmpty {
            add("Description", "Description is given as a field and as the body; give it once.")
        }
        var labels: Set<String> = []
        if let url = values("Project-URL").compactMap({ try? ProjectURL($0) }).first(where: {
            !labels.insert($0.label).inserted
        }) {
            add("Project-URL", "Project-URL has the label \(PackagingError.quote(url.label)) twice; give it once.")
        }
        let imports = values("Import-Name").map(\.trimmedWhitespace)
        if imports.count > 1, imports.contains("") {
            add("Import-Name", "An empty Import-Name says that there is nothing to import; remove it or the others.")
        }
        let names = Set(imports.compactMap { (try? ImportName($0))?.name })
        let spaces = values("Import-Namespace").compactMap { (try? ImportName($0))?.name }
        if let name = spaces.first(where: names.contains) {
            add(
                "Import-Namespace",
                "\(PackagingError.quote(name)) is an Import-Name and an Import-Namespace; it is one.")
        }
        return faults
    }

    private func isGiven(_ field: String) -> Bool {
        values(field).contains { !$0.trimmedWhitespace.isEmpty && $0.trimmedWhitespace != "UNKNOWN" }
    }
}
