/// A field of core metadata and what its values may be (packaging.python.org, "Core metadata specifications").
struct MetadataField: Sendable {
    /// Throws for a value that is not valid.
    typealias Check = @Sendable (String) throws(PackagingError) -> Void

    /// The name in the specification's spelling.
    let name: String
    /// The first version of core metadata that has the field.
    let since: MetadataVersion
    /// Whether it may be given more than once.
    let isRepeatable: Bool
    /// What every reader relies on: the public index and the reference implementation refuse other values too.
    let check: Check
    /// What only the public index demands. A value that fails keeps nobody from installing.
    let advice: Check

    private init(
        _ name: String, since major: Int, _ minor: Int, isRepeatable: Bool = false, check: @escaping Check = { _ in },
        advice: @escaping Check = { _ in }
    ) {
        self.name = name
        since = MetadataVersion(major, minor)
        self.isRepeatable = isRepeatable
        self.check = check
        self.advice = advice
    }

    /// The fields of all versions by their names in lower case.
    static let named = Dictionary(uniqueKeysWithValues: all.map { ($0.name.lowercasedASCII, $0) })

    // Names, versions and the format's own version are read by CoreMetadata.
    private static let all = [
        MetadataField("Metadata-Version", since: 1, 0),
        MetadataField("Name", since: 1, 0),
        MetadataField("Version", since: 1, 0),
        MetadataField("Platform", since: 1, 0, isRepeatable: true),
        MetadataField("Summary", since: 1, 0, check: checkSummary),
        MetadataField("Description", since: 1, 0),
        MetadataField("Keywords", since: 1, 0),
        MetadataField("Home-page", since: 1, 0, advice: checkLink),
        MetadataField("Author", since: 1, 0),
        MetadataField("Author-email", since: 1, 0, advice: checkMailbox),
        MetadataField("License", since: 1, 0),
        MetadataField("Supported-Platform", since: 1, 1, isRepeatable: true),
        MetadataField("Download-URL", since: 1, 1, advice: checkLink),
        MetadataField("Classifier", since: 1, 1, isRepeatable: true, advice: checkClassifier),
        MetadataField("Requires", since: 1, 1, isRepeatable: true),
        MetadataField("Provides", since: 1, 1, isRepeatable: true),
        MetadataField("Obsoletes", since: 1, 1, isRepeatable: true),
        MetadataField("Maintainer", since: 1, 2),
        MetadataField("Maintainer-email", since: 1, 2, advice: checkMailbox),
        MetadataField("Requires-Dist", since: 1, 2, isRepeatable: true, check: checkRequirement),
        MetadataField("Requires-Python", since: 1, 2, check: checkSpecifiers),
        // Versions of other things than projects need not follow PEP 440.
        MetadataField("Requires-External", since: 1, 2, isRepeatable: true),
        MetadataField("Provides-Dist", since: 1, 2, isRepeatable: true, advice: checkRequirement),
        MetadataField("Obsoletes-Dist", since: 1, 2, isRepeatable: true, advice: checkRequirement),
        MetadataField(
            "Project-URL", since: 1, 2, isRepeatable: true, check: checkProjectURL, advice: checkProjectLink),
        MetadataField("Description-Content-Type", since: 2, 1, check: checkContentType),
        MetadataField("Provides-Extra", since: 2, 1, isRepeatable: true, check: checkExtra),
        MetadataField("Dynamic", since: 2, 2, isRepeatable: true, check: checkDynamic),
        MetadataField("License-Expression", since: 2, 4, check: checkLicense, advice: checkDeprecation),
        MetadataField("License-File", since: 2, 4, isRepeatable: true, check: checkLicenseFile),
        MetadataField("Import-Name", since: 2, 5, isRepeatable: true, check: checkImportName),
        MetadataField("Import-Namespace", since: 2, 5, isRepeatable: true, check: checkImportNamespace),
    ]
}
