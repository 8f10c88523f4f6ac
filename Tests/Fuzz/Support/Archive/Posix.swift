/// Stands for the module Posix, of which Archive uses these four: a file is bytes in memory.
public final class File: Sendable {
    private let bytes: [UInt8]

    /// A file with these bytes.
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// `pread(2)`
    public func read(into buffer: inout [UInt8], at offset: Int64) throws(Errno) -> Int {
        let piece = bytes[Int(offset)...].prefix(buffer.count)
        buffer.replaceSubrange(0..<piece.count, with: piece)
        return piece.count
    }
}

/// Never happens here.
public struct Errno: Error, Hashable, Sendable {
    /// `EIO`
    public static let inputOutput = Errno()
}

/// A clock that counts how often it is asked: the time limit is reached by work, the same in every run.
public enum Clock {
    /// Advances by 1 ms with every look.
    public static var monotonicNanoseconds: Int64 {
        now += 1_000_000
        return now
    }

    nonisolated(unsafe) private static var now: Int64 = 0
}

/// Threads: none here, one member is read after the other.
public final class WorkerPool: Sendable {
    /// Calls `body` with each number below `count`, in their order.
    public func divide(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        for number in 0..<count { body(number) }
    }
}
