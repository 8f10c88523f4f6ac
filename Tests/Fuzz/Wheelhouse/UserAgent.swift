import Storage

private let platforms: Set = ["Linux", "macOS", "Windows", "other", "unknown"]

/// No value of `User-Agent` makes more names than the few that are counted, and none traps.
func fuzz(_ input: [UInt8]) {
    let client = DownloadClient(userAgent: input)
    precondition(platforms.contains(client.platform))
    precondition(client.installer.utf8.count <= 12 && client.installer.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
    let numbers = client.python.split(separator: ".").compactMap { Int($0) }
    precondition(client.python == "unknown" || client.python == numbers.map(String.init).joined(separator: "."))
    if input.count > DownloadClient.userAgentLimitBytes { precondition(client == .unknown) }
}
