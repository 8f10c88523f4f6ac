import Glibc

extension File {
    /// Runs `body` while what is typed at this terminal is not shown; does nothing else where it is no terminal.
    ///
    /// `termios(3)`
    public func withoutEcho<Value>(_ body: () throws(Errno) -> Value) throws(Errno) -> Value {
        var state = termios()
        guard unsafe tcgetattr(descriptor, &state) == 0 else { return try body() }
        var silent = state
        silent.c_lflag &= ~tcflag_t(ECHO)
        _ = unsafe tcsetattr(descriptor, TCSAFLUSH, &silent)
        defer { _ = unsafe tcsetattr(descriptor, TCSAFLUSH, &state) }
        return try body()
    }

    /// The bytes of one line, without its end; what there is when the file ends first.
    ///
    /// - Parameter limit: in bytes; a longer line is cut.
    public func line(limit: Int) throws(Errno) -> [UInt8] {
        var line: [UInt8] = []
        // One byte at a time: what stands behind the line is somebody else's.
        while line.count < limit, let byte = try read(upTo: 1).first, byte != UInt8(ascii: "\n") { line.append(byte) }
        return line
    }
}
