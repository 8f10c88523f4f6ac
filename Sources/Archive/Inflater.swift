import CZlib
import Posix

/// Unpacks DEFLATE data (RFC 1951) of a file piece by piece, in constant memory. One object serves many streams, one
/// after another.
@safe final class Inflater {
    /// What surrounds the compressed data.
    enum Format {
        /// Nothing, as in ZIP.
        case raw
        /// One gzip member (RFC 1952); its checksum and size are checked.
        case gzip
    }

    /// The bytes that `next()` made are at its beginning. The size keeps them in the processor's cache until they are
    /// digested.
    private(set) var output = [UInt8](repeating: 0, count: 64 << 10)
    /// Where in the file the next compressed byte is read.
    private(set) var position: Int64 = 0
    /// Whether the stream came to its own end.
    private(set) var isFinished = true

    private var end: Int64 = 0
    // zlib keeps the address of this structure, so it may not move.
    private let stream: UnsafeMutablePointer<z_stream>

    /// - Throws: ``ArchiveError/noMemory``.
    init(_ format: Format) throws(ArchiveError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // Negative: no wrapper; + 16: gzip only (zlib.h, inflateInit2).
        let windowBits: Int32 = format == .raw ? -15 : 15 + 16
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        guard unsafe inflateInit2_(stream, windowBits, ZLIB_VERSION, size) == Z_OK else {
            unsafe stream.deallocate()
            throw .noMemory
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Begins a stream.
    ///
    /// - Parameter range: where in the file it lies; it may end before the range does.
    func begin(_ range: Range<Int64>) {
        unsafe inflateReset(stream)
        position = range.lowerBound
        end = range.upperBound
        isFinished = false
    }

    /// Unpacks more.
    ///
    /// - Returns: the count of new bytes at the beginning of ``output``; 0 at the end of the stream.
    /// - Throws: `ArchiveError.corrupt` when the data is not DEFLATE, a checksum of gzip is wrong, or the range ends
    ///   before the stream does.
    func next(from window: FileWindow) throws(ArchiveError) -> Int {
        var produced = 0
        while !isFinished, produced < output.count {
            let input = try window.piece(from: position, to: end)
            let (code, read, written) = inflate(window.bytes, input, at: produced)
            position += Int64(read)
            produced += written
            switch code {
            case Z_STREAM_END: isFinished = true
            case Z_OK where !input.isEmpty || written > 0: break
            case Z_MEM_ERROR: throw .noMemory
            case Z_OK, Z_BUF_ERROR:
                throw ArchiveError(.corrupt, "Compressed data ends too early; build the archive again.")
            default:
                throw ArchiveError(.corrupt, "Compressed data is damaged; build the archive again.")
            }
        }
        return produced
    }

    /// Lends the bytes that `next(from:)` made.
    func withOutput<Failure: Error>(
        _ count: Int, _ body: (Span<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        try unsafe output.withUnsafeBufferPointer { bytes throws(Failure) in
            try body(unsafe Span(_unsafeElements: bytes).extracting(first: count))
        }
    }

    private func inflate(
        _ bytes: [UInt8], _ input: Range<Int>, at index: Int
    ) -> (code: Int32, read: Int, written: Int) {
        unsafe bytes.withUnsafeBufferPointer { source in
            unsafe output.withUnsafeMutableBufferPointer { target in
                let room = target.count - index
                // zlib declares its input as changeable, but does not change it.
                unsafe stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: source.baseAddress?.advanced(by: input.lowerBound))
                unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
                unsafe stream.pointee.next_out = target.baseAddress?.advanced(by: index)
                unsafe stream.pointee.avail_out = UInt32(clamping: room)
                let code = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
                let (unread, unused) = unsafe (Int(stream.pointee.avail_in), Int(stream.pointee.avail_out))
                return (code, input.count - unread, room - unused)
            }
        }
    }
}

/// The checksum of ZIP and gzip (CRC-32 of ISO 3309).
struct Checksum {
    private(set) var value: UInt32 = 0

    mutating func update(_ bytes: Span<UInt8>) {
        value = unsafe bytes.withUnsafeBufferPointer {
            UInt32(truncatingIfNeeded: unsafe crc32(UInt(value), $0.baseAddress, UInt32(clamping: $0.count)))
        }
    }
}
