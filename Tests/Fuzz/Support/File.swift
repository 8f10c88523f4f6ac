/// Stands for the module Posix, of which HTTP uses this type only.
public final class File: Sendable {
    /// An open file.
    public let descriptor: Int32

    /// Takes the descriptor over.
    public init(adopting descriptor: Int32) { self.descriptor = descriptor }
}
