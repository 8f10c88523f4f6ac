import CZlib

/// Compression of prepared pages (RFC 1952).
public enum Gzip {
    /// The bytes as one gzip member without name or time, so that the same bytes always give the same result.
    ///
    /// - Returns: `nil` when zlib has no memory for it: the caller serves the bytes as they are.
    public static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = unsafe z_stream()
        // 15 bits of window, + 16 for the gzip wrapper (zlib.h, deflateInit2).
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        let code = unsafe deflateInit2_(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        guard code == Z_OK else { return nil }
        defer { _ = unsafe deflateEnd(&stream) }
        guard let input = UInt32(exactly: bytes.count) else { return nil }
        let bound = Int(unsafe deflateBound(&stream, UInt(input)))
        var source = bytes
        return unsafe source.withUnsafeMutableBufferPointer { source in
            var isDone = false
            let output = unsafe [UInt8](unsafeUninitializedCapacity: bound) { target, count in
                unsafe stream.next_in = source.baseAddress
                unsafe stream.avail_in = input
                unsafe stream.next_out = target.baseAddress
                unsafe stream.avail_out = UInt32(clamping: bound)
                isDone = unsafe deflate(&stream, Z_FINISH) == Z_STREAM_END
                count = isDone ? Int(unsafe stream.total_out) : 0
            }
            return isDone ? output : nil
        }
    }
}
