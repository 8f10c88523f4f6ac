import Posix

/// Looks at a file through one buffer, so that reading it from the beginning to the end reads each byte once.
final class FileWindow {
    /// Fits the longest ZIP header with path, extra fields and comment.
    static let capacity = 256 << 10

    /// The length of the file in bytes.
    let size: Int64
    /// The buffer; indices come from the functions below and hold until the next call.
    private(set) var bytes: [UInt8]
    /// The file; other windows may look at it too.
    let file: File

    private var start: Int64 = 0
    private var count = 0

    init(_ file: File, size: Int64) {
        self.file = file
        self.size = size
        // Most archives are small: what they do not fill would only cost page faults.
        bytes = [UInt8](repeating: 0, count: Int(min(size, Int64(Self.capacity))))
    }

    /// Brings a range of the file into the buffer.
    ///
    /// - Parameter count: at most ``capacity``.
    /// - Returns: the index of its first byte in ``bytes``; `nil` when the file ends before its last one.
    func load(_ offset: Int64, count: Int) throws(ArchiveError) -> Int? {
        guard offset >= 0, offset <= size, Int64(count) <= size - offset else { return nil }
        if offset >= start, offset + Int64(count) <= start + Int64(self.count) { return Int(offset - start) }
        try fill(from: offset)
        guard self.count >= count else { throw .unreadable(.inputOutput) }
        return 0
    }

    /// The bytes from an offset up to a limit, as far as the buffer reaches.
    ///
    /// - Returns: indices in ``bytes``; empty only when `offset` is not below `limit`.
    func piece(from offset: Int64, to limit: Int64) throws(ArchiveError) -> Range<Int> {
        guard offset < limit else { return 0..<0 }
        guard let first = try load(offset, count: 1) else { throw .unreadable(.inputOutput) }
        return first..<min(count, first + Int(clamping: limit - offset))
    }

    /// Lends a part of ``bytes``.
    func withBytes<Failure: Error>(
        _ range: Range<Int>, _ body: (Span<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        try unsafe bytes.withUnsafeBufferPointer { bytes throws(Failure) in
            try body(unsafe Span(_unsafeElements: bytes).extracting(range))
        }
    }

    private func fill(from offset: Int64) throws(ArchiveError) {
        start = offset
        count = 0
        do {
            count = try file.read(into: &bytes, at: offset)
        } catch {
            throw .unreadable(error)
        }
    }
}

extension FileWindow {
    /// A little-endian number of 16 bits at an index of the buffer.
    func uint16(_ index: Int) -> Int { Int(bytes[index]) | Int(bytes[index + 1]) << 8 }

    /// A little-endian number of 32 bits.
    func uint32(_ index: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: uint16(index)) | UInt32(truncatingIfNeeded: uint16(index + 2)) << 16
    }

    /// A little-endian number of 64 bits.
    func uint64(_ index: Int) -> UInt64 { UInt64(uint32(index)) | UInt64(uint32(index + 4)) << 32 }
}
