import Crypto
import Packaging
import Posix
import Wheelhouse

/// `wheelhouse check-signature ARCHIVE SIGNATURE --trust FILE…`, and the same for many with `--batch`.
enum CheckSignature {
    /// One signature to check, by the names of its files.
    struct Request: Equatable {
        var archive: String?
        /// In place of the archive, in hexadecimal digits.
        var sha256: String?
        /// The archive's name, where it is not the one of `archive`.
        var filename: String?
        var signature = ""
        var trust: [String] = []
        var signer: String?
        var time: String?
    }

    /// What the words of the command line ask for.
    struct Arguments: Equatable {
        var request = Request()
        var isJSON = false
        var isBatch = false
    }

    /// The longest file of trust material: a keyring.
    private static let trustLimitBytes = 4 << 20
    /// The longest line of a batch.
    private static let lineLimitBytes = 1 << 20

    static func run(_ words: [String]) throws {
        let arguments = try Arguments(words)
        var cache = TrustCache()
        guard !arguments.isBatch else { return try runBatch(arguments.request, &cache) }
        let report = try check(arguments.request, &cache)
        Output.text(arguments.isJSON ? report.json() + "\n" : report.text)
        if report.status != 0 { exitProcess(report.status) }
    }

    /// One line of JSON in, one line of JSON out. The exit status is that of the worst line: 2 for one that cannot be
    /// read, 1 invalid, 3 unsupported, 0.
    private static func runBatch(_ standard: Request, _ cache: inout TrustCache) throws {
        let input = File(adopting: 0)
        var waiting: [UInt8] = []
        var worst: Int32 = 0
        while true {
            let piece = try Administer.operation { () throws(Errno) in try input.read(upTo: 1 << 16) }
            waiting += piece.isEmpty && waiting.last.map { $0 != 0x0A } ?? false ? [0x0A] : piece
            while let end = waiting.firstIndex(of: 0x0A) {
                let line = Array(waiting[..<end])
                waiting.removeSubrange(...end)
                guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x0D }) else { continue }
                let report = answer(line, standard, &cache)
                Output.line(report.json())
                worst = SignatureReport.worse(worst, report.status)
            }
            guard waiting.count <= lineLimitBytes else {
                throw UsageError("a line of the batch is longer than 1 MiB", mend: "give one object a line")
            }
            if piece.isEmpty { break }
        }
        if worst != 0 { exitProcess(worst) }
    }

    private static func answer(_ line: [UInt8], _ standard: Request, _ cache: inout TrustCache) -> SignatureReport {
        do {
            return try check(try Request(line, standard), &cache)
        } catch {
            return SignatureReport(error: "\(error.message): \(error.mend)")
        }
    }

    static func check(_ request: Request, _ cache: inout TrustCache) throws(UsageError) -> SignatureReport {
        let now = try time(request.time)
        let signature = try contents(request.signature, limit: SignatureVerifier.lengthLimitBytes + 1, "signature")
        let file = try signedFile(request)
        let trust: TrustMaterial
        switch try cache.material(request.trust) {
        case .material(let material): trust = material
        case .refused(let reason): return SignatureReport(refusedTrust: reason)
        }
        let verdict = SignatureVerifier(trust: trust, now: now, signer: request.signer)
            .verdict(on: signature, of: file)
        return SignatureReport(verdict)
    }

    // MARK: Inputs

    /// What a list of trust files came to.
    enum Trust {
        case material(TrustMaterial)
        /// One of the files is refused: then nobody is trusted.
        case refused(String)
    }

    /// Reads and combines trust files, each combination once.
    struct TrustCache {
        private var known: [[String]: Trust] = [:]

        /// - Throws: when a file cannot be read.
        mutating func material(_ paths: [String]) throws(UsageError) -> Trust {
            if let known = known[paths] { return known }
            let trust = try Self.read(paths)
            known[paths] = trust
            return trust
        }

        private static func read(_ paths: [String]) throws(UsageError) -> Trust {
            var material = TrustMaterial()
            for path in paths {
                let file = try contents(path, limit: trustLimitBytes, "trust file")
                do {
                    try material.add(file)
                } catch {
                    return .refused("the trust file '\(path)' is refused: \(error)")
                }
            }
            return .material(material)
        }
    }

    private static func time(_ text: String?) throws(UsageError) -> Int64 {
        guard let text else { return Clock.unixMicroseconds / 1_000_000 }
        do {
            return try UploadTime(text).microseconds / 1_000_000
        } catch {
            throw UsageError("the time '\(text)' is not valid", mend: "write UTC as 2026-01-31T23:59:59Z")
        }
    }

    private static func contents(_ path: String, limit: Int, _ what: String) throws(UsageError) -> [UInt8] {
        do {
            let file = try File.open(path)
            var bytes: [UInt8] = []
            while case let piece = try file.read(upTo: 1 << 16), !piece.isEmpty {
                bytes += piece
                guard bytes.count <= limit else { break }
            }
            return bytes
        } catch {
            throw UsageError("the \(what) '\(path)' cannot be read (\(error))", mend: "name a file that can be")
        }
    }

    private static func signedFile(_ request: Request) throws(UsageError) -> SignedFile {
        if let hex = request.sha256 {
            guard let digest = try? Digest(.sha256, hex: hex) else {
                throw UsageError("sha256 is '\(hex)'", mend: "it has 64 hexadecimal digits")
            }
            return SignedFile(name: request.filename, sha256: digest)
        }
        guard let path = request.archive else {
            throw UsageError("no archive is named", mend: "give 'archive' or 'sha256'")
        }
        let file: File
        do {
            file = try File.open(path)
        } catch {
            throw UsageError("the archive '\(path)' cannot be read (\(error))", mend: "name a file that can be")
        }
        let name = request.filename ?? path.split(separator: "/").last.map(String.init)
        let read: SignedFile.Reader = { take in
            var offset: Int64 = 0
            while let piece = try? file.read(at: offset, count: 1 << 18) {
                guard !piece.isEmpty else { return true }
                take(piece.span)
                offset += Int64(piece.count)
            }
            return false
        }
        guard let digest = SignedFile.sha256(read) else {
            throw UsageError("the archive '\(path)' cannot be read to its end", mend: "name a file that can be")
        }
        return SignedFile(name: name, sha256: digest, read: read)
    }
}

extension CheckSignature.Arguments {
    /// Reads the words after `check-signature`. `--trust` takes all words up to the next flag.
    init(_ words: [String]) throws(UsageError) {
        var places: [String] = []
        var flag: String?
        for word in words {
            switch word {
            case "--json": isJSON = true
            case "--batch": isBatch = true
            case "--trust", "--signer", "--at":
                flag = word
                continue
            default:
                guard !word.hasPrefix("--") else {
                    throw UsageError("'\(word)' is not known here", mend: "see --help of this command")
                }
                flag = take(word, flag, &places)
                continue
            }
            flag = nil
        }
        guard flag == nil || flag == "--trust" else {
            throw UsageError("\(flag ?? "") has no value", mend: "write '\(flag ?? "") VALUE'")
        }
        guard !isBatch else {
            guard places.isEmpty else {
                throw UsageError("--batch reads its files from standard input", mend: "give no file")
            }
            return
        }
        // `--trust FILE ARCHIVE SIGNATURE` cannot be told from three trust files in any other way.
        if places.isEmpty, request.trust.count > 2 {
            places = request.trust.suffix(2)
            request.trust.removeLast(2)
        }
        guard places.count == 2 else {
            throw UsageError(
                "an archive and a signature are needed", mend: "write 'check-signature ARCHIVE SIGNATURE --trust FILE'")
        }
        (request.archive, request.signature) = (places[0], places[1])
        guard !request.trust.isEmpty else {
            throw UsageError("nobody is trusted", mend: "name who is with --trust FILE")
        }
    }

    /// - Returns: the flag that the next word belongs to.
    private mutating func take(_ word: String, _ flag: String?, _ places: inout [String]) -> String? {
        switch flag {
        case "--trust":
            request.trust.append(word)
            return flag
        case "--signer": request.signer = word
        case "--at": request.time = word
        default: places.append(word)
        }
        return nil
    }
}

extension CheckSignature.Request {
    /// Reads a line of a batch; what it leaves out is as on the command line.
    init(_ line: [UInt8], _ standard: CheckSignature.Request) throws(UsageError) {
        let json: StrictJSON
        do {
            json = try StrictJSON(line)
        } catch {
            throw UsageError("the line is refused: \(error)", mend: "give one JSON object a line")
        }
        let mend = #"write {"archive":…,"signature":…,"trust":[…]}, perhaps with "filename", "signer" and "at""#
        guard case .object(let members) = json else { throw UsageError("the line is no JSON object", mend: mend) }
        // What is overlooked here would be a condition that is not checked.
        func text(_ name: String) throws(UsageError) -> String? {
            guard let value = json[name] else { return nil }
            guard let text = value.string else { throw UsageError("'\(name)' is no text", mend: mend) }
            return text
        }
        let known = ["archive", "sha256", "signature", "filename", "signer", "at", "trust"]
        let names = members.keys.map { String(decoding: $0, as: UTF8.self) }
        if let unknown = names.sorted().first(where: { !known.contains($0) }) {
            throw UsageError("the line has '\(unknown)', which is not known here", mend: mend)
        }
        guard let signature = try text("signature") else { throw UsageError("the line has no signature", mend: mend) }
        self = standard
        self.signature = signature
        archive = try text("archive")
        sha256 = try text("sha256")
        guard archive == nil || sha256 == nil else {
            throw UsageError("the line has an archive and a sha256", mend: "give one of them")
        }
        filename = try text("filename")
        signer = try text("signer") ?? standard.signer
        time = try text("at") ?? standard.time
        guard let files = json["trust"] else { return }
        let paths = files.array?.compactMap(\.string)
        guard let paths, paths.count == files.array?.count else {
            throw UsageError("'trust' is no list of texts", mend: mend)
        }
        trust = paths
    }
}
