import Storage
import Testing

@testable import Wheelhouse

/// As recorded from pip 26.3, shortened.
private let pip =
    #"pip/26.3 {"ci":null,"cpu":"x86_64","distro":{"id":"bookworm","libc":{"lib":"glibc","version":"2.36"},"#
    + #""name":"Debian GNU/Linux","version":"12"},"implementation":{"name":"CPython","version":"3.12.1"},"#
    + #""installer":{"name":"pip","version":"26.3"},"python":"3.12.1","system":{"name":"Linux","release":"6.1"}}"#

struct UserAgentTests {
    /// A value, and `installer python platform`.
    @Test(arguments: [
        (pip, "pip 3.12 Linux"),
        (
            #"uv/0.13.8 {"installer":{"name":"uv","version":"0.13.8","subcommand":["pip","install"]},"#
                + #""python":"3.13.0","system":{"name":"Darwin","release":"24"},"cpu":"arm64"}"#, "uv 3.13 macOS"
        ),
        (
            #"uv/0.13.8 {"installer":{"name":"uv","version":"0.13.8"},"python":null,"system":{"name":null}}"#,
            "uv unknown unknown"
        ),
        (
            #"Hatch/1.18.2 {"python":"3.11.2","system":{"name":"Windows"}} HTTPX2/2.1.0"#, "hatch 3.11 Windows"
        ),
        (#"pip/9.0.3 {"installer":{"name":"pip"},"python":"2.7.18","system":{"name":"Linux"}}"#, "pip 2.7 Linux"),
        ("poetry/2.5.1 CPython/3.13.0 Linux/6.18.44", "poetry 3.13 Linux"),
        ("pdm/2.29.3 CPython/3.9.1 Windows/10", "pdm 3.9 Windows"),
        ("poetry/2.5.1 PyPy/3.10.14 Darwin/24.0", "poetry 3.10 macOS"),
        ("bandersnatch/6.8.0 (cpython 3.13.0-final0, Linux x86_64) (aiohttp 3.14.5)", "bandersnatch 3.13 Linux"),
        ("pypi-simple/1.8.0 (https://example.org) requests/2.34.2 CPython/3.13.0", "pypi-simple 3.13 unknown"),
        ("curl/7.88.1", "curl unknown unknown"), ("Wget/1.21", "wget unknown unknown"),
        ("python-requests/2.32.3", "requests unknown unknown"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) AppleWebKit/605.1", "browser unknown macOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101", "browser unknown Linux"),
        ("my-mirror/1.0", "other unknown unknown"),
    ])
    func `tells installer, Python and platform`(agent: String, expected: String) {
        #expect(words(DownloadClient(userAgent: Array(agent.utf8))) == expected)
    }

    /// What nobody sends who wants to be counted well.
    @Test(arguments: [
        ("", "other unknown unknown"), ("pip", "other unknown unknown"), ("/", "other unknown unknown"),
        (" pip/26.3", "other unknown unknown"), ("{}", "other unknown unknown"),
        ("pip/26.3 {", "pip unknown unknown"), ("pip/26.3 }{", "pip unknown unknown"),
        ("pip/26.3 {}", "pip unknown unknown"), ("pip/26.3 {]}", "other unknown unknown"),
        (#"pip/26.3 {"python":"3.12.1","python":"3.12.1"}"#, "other unknown unknown"),
        (#"pip/26.3 {"python":"3.12.1",}"#, "other unknown unknown"),
        (#"pip/26.3 {"python":"3.12.1"} {"a":1}"#, "other unknown unknown"),
        (#"pip/26.3 {"installer":"uv"}"#, "pip unknown unknown"),
        (#"pip/26.3 {"installer":{"name":["uv"]}}"#, "pip unknown unknown"),
        (#"pip/26.3 {"installer":{"name":"my-installer"}}"#, "other unknown unknown"),
        (#"pip/26.3 {"python":3.12}"#, "pip unknown unknown"), (#"pip/26.3 {"python":"3"}"#, "pip unknown unknown"),
        (#"pip/26.3 {"python":"3.x"}"#, "pip unknown unknown"), (#"pip/26.3 {"python":"4.1"}"#, "pip unknown unknown"),
        (#"pip/26.3 {"python":"3.50.1"}"#, "pip unknown unknown"),
        (#"pip/26.3 {"python":"3.-1"}"#, "pip unknown unknown"),
        (#"pip/26.3 {"python":"3.+1"}"#, "pip unknown unknown"),
        (#"pip/26.3 {"python":"3.012"}"#, "pip unknown unknown"),
        (#"pip/26.3 {"python":"3.99999999999999999999"}"#, "pip unknown unknown"),
        (#"pip/26.3 {"python":"2.1"}"#, "pip unknown unknown"),
        (#"pip/26.3 {"system":{"name":"TempleOS"}}"#, "pip unknown other"),
        (#"pip/26.3 {"system":"Linux"}"#, "pip unknown unknown"),
        ("poetry/2.5.1 CPython", "poetry unknown unknown"),
        ("pip/26.3 " + String(repeating: "[", count: 2_000) + "{}", "pip unknown unknown"),
        (#"pip/26.3 {"a":"# + String(repeating: "[", count: 2_000) + "}", "other unknown unknown"),
        (pip + String(repeating: " ", count: 4_096), "other unknown unknown"),
        ("pip/26.3 \u{202E}{\u{0}}", "other unknown unknown"),
    ])
    func `a value that is not as installers write it makes no new names`(agent: String, expected: String) {
        #expect(words(DownloadClient(userAgent: Array(agent.utf8))) == expected)
    }

    private func words(_ client: DownloadClient) -> String {
        "\(client.installer) \(client.python) \(client.platform)"
    }
}
