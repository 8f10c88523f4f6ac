/// The forms in which a page of the Simple API is served (PEP 691). Which one a client gets is settled elsewhere.
public enum SimpleFormat: String, CaseIterable, Hashable, Sendable {
    /// JSON.
    case json = "application/vnd.pypi.simple.v1+json"
    /// HTML under its own name.
    case html = "application/vnd.pypi.simple.v1+html"
    /// The same HTML under the name that old clients and browsers know.
    case textHTML = "text/html"

    /// The `Content-Type` of the form.
    public var mediaType: String { rawValue }

    /// The other name under which a client may ask for the form, `….latest+…`; never sent as `Content-Type`.
    public var latestMediaType: String? {
        switch self {
        case .json: "application/vnd.pypi.simple.latest+json"
        case .html: "application/vnd.pypi.simple.latest+html"
        case .textHTML: nil
        }
    }

    /// The form that goes by `mediaType`, in lower case and without parameters; `nil` for any other media type.
    public init?(mediaType: String) {
        let match = Self.allCases.first { $0.mediaType == mediaType || $0.latestMediaType == mediaType }
        guard let match else { return nil }
        self = match
    }
}
