import Crypto
import Storage

extension DownloadClient {
    /// Longer values of `User-Agent` are not looked at. Those of pip have 600 bytes.
    static let userAgentLimitBytes = 4 << 10

    /// Reads the `User-Agent` of a request for a file: product tokens (RFC 9110 §10.1.5), behind the first of which pip, uv
    /// and hatch write a JSON object about their Python and platform.
    ///
    /// Whatever is not as these programs write it is `other` or `unknown`; nothing here fails.
    init(userAgent: [UInt8]) {
        guard userAgent.count <= Self.userAgentLimitBytes,
            let space = userAgent.firstIndex(where: { $0 == 0x20 || $0 == UInt8(ascii: "/") })
        else {
            self = .unknown
            return
        }
        let name = String(decoding: userAgent[..<space], as: UTF8.self).lowercased()
        if let open = userAgent.firstIndex(of: UInt8(ascii: "{")),
            let close = userAgent.lastIndex(of: UInt8(ascii: "}")), open < close
        {
            self.init(name, json: Array(userAgent[open...close]))
        } else {
            self.init(name, products: userAgent[space...])
        }
    }

    /// `pip/26.3 {"installer":{"name":"pip",…},"python":"3.12.1","system":{"name":"Linux",…},…}`
    private init(_ name: String, json: [UInt8]) {
        guard let value = try? StrictJSON(json) else {
            self = .unknown
            return
        }
        // uv and pip write their own name twice. Hatch leaves the second one out.
        let installer = value["installer"]?["name"]?.string?.lowercased() ?? name
        self.init(
            installer: Self.installers[installer] ?? "other",
            python: value["python"]?.string.flatMap { Self.python($0) } ?? "unknown",
            platform: value["system"]?["name"]?.string.map { Self.platforms[$0.lowercased()] ?? "other" } ?? "unknown")
    }

    /// `poetry/2.5.1 CPython/3.13.0 Linux/6.18.44`, `bandersnatch/6.8.0 (cpython 3.13.0-final0, Linux x86_64)`
    private init(_ name: String, products: ArraySlice<UInt8>) {
        let text = String(decoding: products, as: UTF8.self).lowercased()
        let words = text.split { " /(),;".contains($0) }
        var (python, platform) = ("unknown", "unknown")
        for (word, next) in zip(words, words.dropFirst()) where word == "cpython" || word == "pypy" {
            if let version = Self.python(String(next)) { python = version }
        }
        for word in words {
            if let known = Self.platforms[String(word)] { platform = known }
        }
        self.init(installer: Self.installers[name] ?? "other", python: python, platform: platform)
    }

    /// `3.12` for `3.12.1`; `nil` for what no Python calls itself.
    private static func python(_ text: String) -> String? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count > 1, let major = Int(parts[0]), let minor = Int(parts[1]),
            major == 2 ? (6...7).contains(minor) : major == 3 && (0...49).contains(minor)
        else { return nil }
        let version = "\(major).\(minor)"
        // Neither 3.012 nor 3.+12.
        return text == version || text.hasPrefix(version + ".") ? version : nil
    }

    /// What the first product is called, and what it is counted as.
    private static let installers: [String: String] = {
        let known = [
            "pip", "uv", "poetry", "pdm", "pipenv", "hatch", "conda", "mamba", "pixi", "pex", "bazel", "buck2", "twine",
            "bandersnatch", "devpi", "unearth", "pypi-simple", "setuptools", "rye", "nexus", "artifactory", "curl",
            "wget",
        ]
        var installers = Dictionary(uniqueKeysWithValues: known.map { ($0, $0) })
        installers["mozilla"] = "browser"
        installers["devpi-server"] = "devpi"
        installers["python-requests"] = "requests"
        return installers
    }()

    private static let platforms = [
        "linux": "Linux", "darwin": "macOS", "macos": "macOS", "macintosh": "macOS", "windows": "Windows",
    ]
}
