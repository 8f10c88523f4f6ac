/// How large the parts of a multipart body may be.
public struct MultipartLimits: Equatable, Sendable {
    /// Parts of a body; more is 413. A release has one for each classifier and requirement: hundreds are normal.
    public var parts = 1024
    /// Bytes of one part's head, and of what stands before the first part; more is 400.
    public var headBytes = 8192
    /// Bytes of a text field, for the consumer to keep to: the parser collects nothing.
    public var textBytes = 1 << 20

    /// The limits above.
    public init() {}
}

/// What the head of a part says (RFC 7578 §4.2, §4.4).
public struct MultipartPart: Equatable, Sendable {
    /// The name of the form's field, not empty.
    public let name: String
    /// The file's name as sent, `nil` for a text field. Empty when a browser sends a file field without a file.
    public let filename: String?
    /// As sent, `nil` when absent.
    public let contentType: String?

    /// A part from its values.
    public init(name: String, filename: String? = nil, contentType: String? = nil) {
        self.name = name
        self.filename = filename
        self.contentType = contentType
    }
}

/// One step through a multipart body.
public enum MultipartEvent: Equatable, Sendable {
    /// A part begins.
    case begin(MultipartPart)
    /// Content: these positions of the input that was given. A part may have many, or none.
    case data(Range<Int>)
    /// Content that ended an earlier input and looked like the beginning of a boundary.
    case carried([UInt8])
    /// The part that began last is complete.
    case endPart
    /// The body is complete; what follows is ignored.
    case end
}
