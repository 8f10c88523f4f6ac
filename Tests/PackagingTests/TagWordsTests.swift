import Packaging
import Testing

struct TagWordsTests {
    @Test(arguments: [
        ("py3-none-any", "Python 3, any system"),
        ("py2.py3-none-any", "Python 2 and 3, any system"),
        ("cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", "CPython 3.12, Linux x86-64, glibc ≥ 2.17"),
        (
            "cp311-cp311-manylinux_2_5_x86_64.manylinux1_x86_64.manylinux_2_17_x86_64",
            "CPython 3.11, Linux x86-64, glibc ≥ 2.5"
        ),
        ("cp27-cp27mu-manylinux2010_i686", "CPython 2.7, Linux x86 (32 bits), glibc ≥ 2.12"),
        ("cp313-cp313t-manylinux_2_28_aarch64", "CPython 3.13 free-threaded, Linux ARM64, glibc ≥ 2.28"),
        ("cp38-abi3-musllinux_1_2_x86_64", "CPython 3.8 or later, Linux x86-64, musl ≥ 1.2"),
        ("cp315-abi3t-win_amd64", "CPython 3.15 or later free-threaded, Windows, x86-64"),
        ("cp315-abi3.abi3t-win_amd64", "CPython 3.15 or later, free-threaded too, Windows, x86-64"),
        ("cp312-cp312-macosx_11_0_arm64", "CPython 3.12, macOS ≥ 11.0, ARM64"),
        ("cp312-cp312-macosx_10_9_universal2", "CPython 3.12, macOS ≥ 10.9, ARM64 and x86-64"),
        (
            "cp39-cp39-macosx_10_15_x86_64.macosx_11_0_arm64",
            "CPython 3.9, macOS ≥ 10.15, x86-64 or macOS ≥ 11.0, ARM64"
        ),
        ("cp312-cp312-win32", "CPython 3.12, Windows, x86 (32 bits)"),
        ("cp312-cp312-win_arm64", "CPython 3.12, Windows, ARM64"),
        ("cp312-cp312-linux_x86_64", "CPython 3.12, Linux x86-64 (as built there)"),
        ("pp310-pypy310_pp73-win_amd64", "PyPy 3.10, Windows, x86-64"),
        ("cp314-cp314-ios_13_0_arm64_iphoneos", "CPython 3.14, iOS ≥ 13.0, ARM64"),
        ("cp314-cp314-ios_13_0_x86_64_iphonesimulator", "CPython 3.14, iOS ≥ 13.0 simulator, x86-64"),
        ("cp314-cp314-android_24_arm64_v8a", "CPython 3.14, Android API ≥ 24, ARM64"),
        ("cp312-cp312-pyodide_2024_0_wasm32", "CPython 3.12, Pyodide 2024.0, WebAssembly"),
        ("cp315-cp315-pyemscripten_2026_5_wasm32", "CPython 3.15, Emscripten 2026.5, WebAssembly"),
        ("py3-none-plan9_mips", "Python 3, plan9_mips"),
        ("xy1-none-any", "xy1, any system"),
        ("py3-none-_", "Python 3, _"),
    ])
    func `says what a wheel runs on`(tags: String, words: String) throws {
        #expect(try WheelFilename("demo-1.0-\(tags).whl").tagWords == words)
    }
}
