import Archive
import Packaging
import Posix
import Storage

/// Why an operation of the index was refused or failed: a closed code, one sentence for the client, and what lies under
/// it for the log.
///
/// This file is the one place where failures of the layers below become errors of the index.
public struct IndexError: Error, Sendable {
    /// What kind of failure it is. The web turns it into a status, nothing else does.
    public enum Code: Sendable, CaseIterable {
        /// The request says something that cannot be so.
        case invalid
        /// Credentials are missing or unknown.
        case unauthenticated
        /// The credentials are known, but not for this.
        case forbidden
        /// There is no such thing here.
        case notFound
        /// The file name is taken by other bytes.
        case exists
        /// The operation existed once in this protocol.
        case gone
        /// Too many wrong credentials; the client may try again after `retryAfterSeconds`.
        case tooMany
        /// More bytes than the server takes.
        case tooLarge
        /// The disk is full.
        case full
        /// Somebody else keeps the catalog locked; the client may try again in a moment.
        case busy
        /// The server's own failure; the client may try again.
        case failed
    }

    /// What kind of failure it is.
    public let code: Code
    /// What is wrong and how to mend it: one sentence without paths, secrets or SQL.
    public let sentence: String
    /// The failure below, for the log; `nil` where the sentence says all.
    public let underlying: (any Error)?
    /// When to try again, in seconds from now; `nil` where that is not known.
    public let retryAfterSeconds: Int?

    /// An error of the index itself.
    public init(
        _ code: Code, _ sentence: String, underlying: (any Error)? = nil, retryAfterSeconds: Int? = nil
    ) {
        self.retryAfterSeconds = retryAfterSeconds
        self.code = code
        self.sentence = sentence
        self.underlying = underlying
    }

    /// The error of the index for a failure of a layer below.
    public init(_ error: any Error) {
        switch error {
        case let error as IndexError:
            self = error
        case let error as PackagingError:
            self.init(.invalid, error.reason)
        case let error as ArchiveError where error.rule != .unreadable:
            self.init(.invalid, "Invalid distribution file: \(error.reason)")
        case StorageError.full:
            self.init(
                .full, "The server's disk is full; nothing was stored. Tell its administrator.", underlying: error)
        case StorageError.busy:
            self.init(
                .busy, "The catalog is in use by another process; nothing was changed. Try again.", underlying: error)
        default:
            self.init(.failed, "The server failed to do this; nothing was changed. Try again.", underlying: error)
        }
    }
}
