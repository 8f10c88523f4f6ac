/// Stands for the module Posix, of which HTTP uses this type only.
public final class File: Sendable {
    public let descriptor: Int32
    public init(adopting descriptor: Int32) { self.descriptor = descriptor }
}
