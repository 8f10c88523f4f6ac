import Foundation
import Packaging
import Storage
import Testing

@testable import Web
@testable import Wheelhouse

/// A site that counts, with one file of 1,000 bytes in its catalog.
private struct CountingSite {
    let world: World
    let address: String

    init() async throws {
        world = try World(["counting"])
        let blob = try world.store.blobs.stage([UInt8](repeating: 7, count: 1_000))
        address = "/packages/\(blob.sha256.hex)/demo-1.0-py3-none-any.whl"
        let file = FileRecord(
            index: "main", project: try ProjectName("demo"),
            name: .init(filename: "demo-1.0-py3-none-any.whl", version: try Version("1.0"), kind: .wheel),
            content: try .init(
                sha256: blob.sha256, blake2b256: blob.written.digest(.blake2b256), size: blob.written.size),
            uploaded: Occasion(actor: "uploader", time: UploadTime(microseconds: 1)))
        _ = try await world.store.write { catalog throws(StorageError) in
            try catalog.publishFile(file, bytes: [blob], summary: nil)
        }.get()
        try world.refresh()
    }

    func yank(_ reason: String?) async throws {
        _ = try await world.store.write { catalog throws(StorageError) in
            try catalog.setYank(
                reason.map { Yank(reason: $0) }, index: "main", filename: "demo-1.0-py3-none-any.whl",
                by: Occasion(actor: "admin", time: UploadTime(microseconds: 2)))
        }.get()
        try world.refresh()
    }

    func get(_ address: String, _ fields: [String] = [], method: String = "GET") async throws -> WireResponse {
        let lines = ["\(method) \(address) HTTP/1.1", "Host: index.example"] + fields
        let head = lines.map { $0 + "\r\n" }.joined() + "\r\n"
        return try await world.answer(to: Array(head.utf8), body: [])
    }
}

struct UsageTests {
    /// A request, its status, and whether it is a download.
    @Test(arguments: [
        ("GET", [], 200, 1), ("HEAD", [], 200, 0), ("GET", ["Range: bytes=0-99"], 206, 1),
        ("GET", ["Range: bytes=100-"], 206, 0), ("GET", ["Range: bytes=-100"], 206, 0),
        ("GET", ["Range: bytes=-1000"], 206, 1), ("GET", ["Range: bytes=2000-"], 416, 0),
        ("GET", ["Range: lines=1-2"], 200, 1), ("HEAD", ["Range: bytes=0-99"], 200, 0),
        ("GET", ["If-None-Match: {etag}"], 304, 0), ("GET", ["If-Match: \"other\""], 412, 0),
        ("GET", ["Range: bytes=500-", "If-Range: \"other\""], 200, 1),
    ])
    func `what is answered from a file's beginning is a download`(
        method: String, fields: [String], status: Int, downloads: Int64
    ) async throws {
        let site = try await CountingSite()
        let tag = "\"\(site.address.split(separator: "/")[1])\""
        let fields = fields.map { $0.replacingOccurrences(of: "{etag}", with: tag) }
        // The first answer opens the file, the second finds it open.
        for turn in 1...2 {
            #expect(try await site.get(site.address, fields, method: method).status == status)
            #expect(site.world.downloads?.totals.counted == downloads * Int64(turn))
        }
    }

    @Test func `pages, metadata and what is not there are no downloads`() async throws {
        let site = try await CountingSite()
        for address in ["/simple/demo/", "/project/demo/", site.address + ".metadata", site.address + ".asc"] {
            _ = try await site.get(address)
        }
        #expect(site.world.downloads?.totals.counted == 0)
    }

    @Test func `a project's page and the metrics show what was counted`() async throws {
        let site = try await CountingSite()
        let before = String(decoding: try await site.get("/project/demo/").content, as: UTF8.self)
        #expect(before.contains("Nobody has downloaded this project yet."))
        _ = try await site.get(site.address, ["User-Agent: poetry/2.5.1 CPython/3.13.0 Linux/6.18"])
        _ = try await site.get(site.address, ["User-Agent: <script>/1"])
        try site.world.downloads?.flush()
        site.world.forget(.project(index: "main", project: "demo"))
        let page = String(decoding: try await site.get("/project/demo/").content, as: UTF8.self)
        #expect(page.contains("<svg class=\"chart\" role=\"img\" aria-labelledby=\"usage-title usage-text\""))
        #expect(page.contains(": 2 downloads, at most 2 on a day ("))
        #expect(page.contains("<path d=\"M356 60v-60h3v60z\"/>"))
        for cell in ["1.0", "poetry", "other", "3.13", "Linux"] { #expect(page.contains("<td>\(cell)</td>")) }
        #expect(!page.contains("<script"))
        let answer = String(
            decoding: try await site.get("/api/projects/demo/downloads").content, as: UTF8.self)
        #expect(answer.hasPrefix(#"{"total":2,"days":[{"name":"20"#))
        #expect(answer.contains(#""installers":[{"name":"other","downloads":1},{"name":"poetry","downloads":1}]"#))
        #expect(answer.contains(#""versions":[{"name":"1.0","downloads":2}]"#))
        #expect(try await site.get("/api/projects/nothing/downloads").status == 404)
        let metrics = String(decoding: try await site.get("/metrics").content, as: UTF8.self)
        #expect(metrics.contains("\nwheelhouse_downloads_total 2\n"))
        #expect(metrics.contains("\nwheelhouse_downloads_lost_total 0\n"))
    }
}

@Test func `the JSON API says of a release that all of it is yanked, and why`() async throws {
    let site = try await CountingSite()
    for (reason, expected) in [
        (nil, #""yanked":false,"yanked_reason":null"#), ("a \"bug\"", #""yanked":true,"yanked_reason":"a \"bug\"""#),
        ("", #""yanked":true,"yanked_reason":"""#), (nil, #""yanked":false,"yanked_reason":null"#),
    ] as [(String?, String)] {
        try await site.yank(reason)
        let page = String(decoding: try await site.get("/pypi/demo/json").content, as: UTF8.self)
        let info = page.prefix { $0 != "]" }
        #expect(info.contains(expected), "\(info)")
        #expect(page.components(separatedBy: expected).count == 4)
    }
}

struct UsageChartTests {
    private func html(_ daily: [Int64]) -> String {
        var usage = ProjectUsage(firstDay: 20_000, daily: daily)
        usage.total = daily.reduce(0, +)
        usage.versions = (0..<12).map { .init(name: "1.\($0)", count: 12 - Int64($0)) }
        var html = HTML()
        UsageChart(usage).add(to: &html)
        return String(decoding: html.bytes, as: UTF8.self)
    }

    /// Downloads of days, and the drawing of those that have some.
    @Test(
        arguments: [
            ([1], "M0 60v-60h3v60z"), ([0, 3, 6], "M4 60v-30h3v30zM8 60v-60h3v60z"),
            ([1, 100_000], "M0 60v-1h3v1zM4 60v-60h3v60z"), ([5, 0], "M0 60v-60h3v60z"),
            ([.max / 100, 1], "M0 60v-60h3v60zM4 60v-1h3v1z"),
        ] as [([Int64], String)])
    func `a bar is as high as its share of the largest, and never invisible`(daily: [Int64], path: String) {
        #expect(html(daily).contains("<path d=\"\(path)\"/>"))
        #expect(html(daily).contains("viewBox=\"0 0 \(daily.count * 4) 60\""))
    }

    @Test func `the drawing is told in words too, and long tables are cut`() {
        let page = html([2, 7, 0])
        let words = "From 2024-10-04 to 2024-10-06: 9 downloads, at most 7 on a day (2024-10-05)."
        #expect(page.contains("<desc id=\"usage-text\">\(words)</desc>"))
        #expect(page.contains("<figcaption>\(words) 9 since counting began.</figcaption>"))
        #expect(page.contains("<td>1.9</td><td class=\"number\">3</td>"))
        #expect(page.contains("<td>others</td><td class=\"number\">3</td>"))
        #expect(!page.contains("1.10"))
    }
}
