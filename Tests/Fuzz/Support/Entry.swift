/// What libFuzzer calls. Each target file has its own `fuzz(_:)`.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    unsafe fuzz(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
