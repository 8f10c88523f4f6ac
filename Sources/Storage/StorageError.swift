import CSQLite
public import Crypto
public import Posix

/// Why the data folder could not be read or changed. Nothing of the failed operation is left in the catalog.
public enum StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The device is full, the quota used up, or no file may be so large (`ENOSPC`, `EDQUOT`, `EFBIG`, `SQLITE_FULL`);
    /// `doing` says at what.
    case full(doing: String)
    /// A system call failed; `doing` says at what, with the path.
    case io(Errno, doing: String)
    /// Another process held the catalog's write lock for more than five seconds (`SQLITE_BUSY`).
    case busy
    /// SQLite failed otherwise; `code` is its extended result code.
    case sqlite(code: Int32, message: String)
    /// Something in the data folder is not what this program wrote; the text says what.
    case corrupt(String)
    /// The catalog was made by a newer version of this program: its schema is `found`, this program knows `known`.
    case newerSchema(found: Int64, known: Int64)
    /// The file system of this directory has no unnamed files (`O_TMPFILE`).
    case unsuitableFileSystem(directory: String)
    /// There is no catalog in this directory.
    case noStore(directory: String)
    /// A folder is not one that a backup, or what is restored from one, can be written to; the clauses say why and what to do.
    case unsuitableCopy(directory: String, reason: String)
    /// Another process writes a backup to this directory, or restores one there.
    case beingCopied(directory: String)
    /// libcrypto failed.
    case crypto(CryptoError)

    /// One sentence for the log and for the administrator; it may name paths, so it is not for clients.
    public var description: String {
        switch self {
        case .full(let doing):
            "no space left (\(doing)): free some space on that device, or raise the quota"
        case .io(let reason, let doing): "\(doing): \(reason)"
        case .busy: "another process keeps the catalog locked: try again when it has ended"
        case .sqlite(let code, let message): "the catalog failed: \(message) (SQLite \(code))"
        case .corrupt(let what): "the data folder is damaged: \(what): restore it from a backup"
        case .newerSchema(let found, let known):
            "the catalog has schema \(found), this program knows up to \(known): use the newer program"
        case .unsuitableFileSystem(let directory):
            "the file system of \(directory) cannot hold unnamed files (O_TMPFILE): "
                + "take a folder on ext4, XFS, Btrfs or tmpfs"
        case .noStore(let directory):
            "\(directory) is not a data folder, it has no \(Layout.catalogName): name the right one, or start the server"
        case .unsuitableCopy(let directory, let reason):
            "\(directory) cannot take the copy: \(reason)"
        case .beingCopied(let directory):
            "a backup is being written to \(directory), or restored there: try again when that is done"
        case .crypto(let error): "\(error)"
        }
    }

    /// Whether there was no room.
    var isFull: Bool {
        if case .full = self { true } else { false }
    }

    /// Whether a file of the data folder cannot be read, or is no file, whoever asks.
    var isDamage: Bool {
        guard case .io(let reason, doing: _) = self else { return false }
        return !reason.isOfTheProcess
    }

    /// Whether SQLite could not open a file, or make one that it needs beside it (`SQLITE_CANTOPEN`, `SQLITE_READONLY`).
    var isCannotOpen: Bool {
        guard case .sqlite(let code, message: _) = self else { return false }
        return [SQLITE_CANTOPEN, SQLITE_READONLY].contains(code & 0xff)
    }

    /// The error for a failed system call: `full` for `ENOSPC`, `EDQUOT` and `EFBIG`, else `io`.
    init(_ reason: Errno, doing: String) {
        let isFull = [.noSpace, .quotaExceeded, .fileTooLarge].contains(reason)
        self = isFull ? .full(doing: doing) : .io(reason, doing: doing)
    }
}

/// Runs system calls and turns their error into a `StorageError` that says what was being done.
func attempt<Value>(
    _ doing: @autoclosure () -> String, _ body: () throws(Errno) -> Value
) throws(StorageError) -> Value {
    do {
        return try body()
    } catch {
        throw StorageError(error, doing: doing())
    }
}
