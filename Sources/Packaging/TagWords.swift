/// Compatibility tags in words (packaging.python.org, "Platform compatibility tags").
extension WheelFilename {
    /// Such as `CPython 3.12, Linux x86-64, glibc ≥ 2.17`: what a wheel runs on. Tags that are not known are shown as they are.
    public var tagWords: String {
        ([pythonWords] + [platformWords]).filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private var pythonWords: String {
        let interpreters = pythonTags.map(Self.interpreter)
        var words = Self.joined(interpreters)
        if pythonTags.count > 1, pythonTags.allSatisfy({ $0.hasPrefix("py") }) {
            words = "Python " + Self.joined(pythonTags.map { Self.version(String($0.dropFirst(2))) }, by: " and ")
        }
        let isFreeThreaded = abiTags.contains { $0.hasPrefix("cp") && $0.hasSuffix("t") }
        if abiTags.contains("abi3") || abiTags.contains("abi3t") { words += " or later" }
        if isFreeThreaded || abiTags == ["abi3t"] { words += " free-threaded" }
        if abiTags.contains("abi3"), abiTags.contains("abi3t") { words += ", free-threaded too" }
        return words
    }

    private static func interpreter(_ tag: String) -> String {
        let names = [
            "cp": "CPython", "py": "Python", "pp": "PyPy", "ip": "IronPython", "jy": "Jython", "graalpy": "GraalPy",
        ]
        let letters = tag.prefix { $0.isLetter }
        let digits = tag.dropFirst(letters.count).prefix { $0.isNumber }
        guard let name = names[String(letters)], !digits.isEmpty else { return tag }
        return "\(name) \(version(String(digits)))"
    }

    /// `3`, or `312` for 3.12.
    private static func version(_ digits: String) -> String {
        digits.count < 2 ? digits : "\(digits.prefix(1)).\(digits.dropFirst())"
    }

    private var platformWords: String {
        let platforms = platformTags.map { tag in Platform(tag) }
        var groups: [(kind: String, least: Platform)] = []
        for platform in platforms {
            // Of several tags for one kind of machine the weakest demand counts.
            guard let index = groups.firstIndex(where: { $0.kind == platform.kind }) else {
                groups.append((platform.kind, platform))
                continue
            }
            if platform.least.lexicographicallyPrecedes(groups[index].least.least) { groups[index].least = platform }
        }
        return Self.joined(groups.map(\.least.words))
    }

    private static func joined(_ words: [String], by last: String = " or ") -> String {
        var unique: [String] = []
        for word in words where !unique.contains(word) { unique.append(word) }
        return unique.count < 2
            ? unique.joined() : unique.dropLast().joined(separator: ", ") + last + unique[unique.count - 1]
    }
}

/// A platform tag, taken apart.
private struct Platform {
    /// What tags with other versions of the same thing share.
    let kind: String
    /// The least version that is needed.
    let least: [Int]
    let words: String

    private static let glibc = ["manylinux1": [2, 5], "manylinux2010": [2, 12], "manylinux2014": [2, 17]]
    private static let architectures = [
        "x86_64": "x86-64", "amd64": "x86-64", "i686": "x86 (32 bits)", "i386": "x86 (32 bits)", "aarch64": "ARM64",
        "arm64": "ARM64", "arm64_v8a": "ARM64", "armv7l": "ARMv7", "armeabi_v7a": "ARMv7", "ppc64le": "POWER (ppc64le)",
        "s390x": "IBM Z (s390x)", "riscv64": "RISC-V (riscv64)", "universal2": "ARM64 and x86-64",
        "intel": "Intel", "wasm32": "WebAssembly",
    ]

    init(_ tag: String) {
        let parts = tag.split(separator: "_").map(String.init)
        let family = parts.first ?? tag
        let numbers = parts.dropFirst().prefix { $0.allSatisfy(\.isNumber) }.compactMap { Int($0) }
        let rest = parts.dropFirst(1 + numbers.count).joined(separator: "_")
        let machine = Self.architectures[rest] ?? rest
        let version = numbers.map(String.init).joined(separator: ".")
        least = Self.glibc[family] ?? numbers
        kind = (family.hasPrefix("manylinux") ? "manylinux" : family) + " " + rest
        switch family {
        case "any": words = "any system"
        case "manylinux", "manylinux1", "manylinux2010", "manylinux2014":
            words = "Linux \(machine), glibc ≥ " + least.map(String.init).joined(separator: ".")
        case "musllinux": words = "Linux \(machine), musl ≥ \(version)"
        case "linux": words = "Linux \(machine) (as built there)"
        case "macosx": words = "macOS ≥ \(version), \(machine)"
        case "win32": words = "Windows, x86 (32 bits)"
        case "win": words = "Windows, \(machine)"
        case "ios":
            let isSimulator = rest.hasSuffix("_iphonesimulator")
            let name = rest.replacing("_iphonesimulator").replacing("_iphoneos")
            words = "iOS ≥ \(version)\(isSimulator ? " simulator" : ""), \(Self.architectures[name] ?? name)"
        case "android": words = "Android API ≥ \(version), \(machine)"
        case "pyodide": words = "Pyodide \(version), \(machine)"
        case "pyemscripten", "emscripten": words = "Emscripten \(version), \(machine)"
        default: words = tag
        }
    }
}

extension String {
    /// Without a suffix.
    fileprivate func replacing(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
