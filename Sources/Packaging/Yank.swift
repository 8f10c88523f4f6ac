/// The mark of a file that was yanked: installers take it only when they are told to by an exact pin (PEP 592).
public struct Yank: Hashable, Sendable {
    /// Why, for people; may be empty.
    public let reason: String

    /// A yank with its reason.
    public init(reason: String = "") {
        self.reason = reason
    }
}
