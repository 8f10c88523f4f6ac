/// The texts of `--help`.
enum Help {
    static let program = """
        wheelhouse: a private Python package index

          wheelhouse [serve] [settings]      serve the data folder
          wheelhouse token create NAME       make a token for uploading (see 'wheelhouse token --help')
          wheelhouse token list              show all tokens
          wheelhouse token revoke NAME       make a token invalid
          wheelhouse publisher add|list|remove   which jobs of a CI may publish (see its --help)
          wheelhouse yank|unyank TARGET      have installers avoid a release or a file, or take it back
          wheelhouse delete|restore TARGET   take a release or a file away, or bring it back (see 'wheelhouse yank --help')
          wheelhouse status PROJECT STATE    active, deprecated, archived (no uploads) or quarantined (no files)
          wheelhouse backup FOLDER           copy the data folder while the server runs
          wheelhouse restore FOLDER          make a data folder from a backup (see 'wheelhouse backup --help')
          wheelhouse verify                  read every file, compare its digest, and check the journal's chain
          wheelhouse account ...             people and robots (see 'wheelhouse account --help')
          wheelhouse team ...                teams of them
          wheelhouse grant ...               who may do what
          wheelhouse visibility PROJECT ...  make a project private or public
          wheelhouse gc                      remove bytes that nothing refers to
          wheelhouse journal                 show every change with who made it, when, and from where
          wheelhouse usage [PROJECT]         show how often files were downloaded
          wheelhouse check-signature A S     verify the signature S of the archive A (see its --help)
          wheelhouse signature add|list|check|held    signatures of files that are here (see its --help)
          wheelhouse policy explain PROJECT  who must sign a project's files, and why (see its --help)
          wheelhouse config                  show the effective settings and where each comes from
          wheelhouse version                 show the version

        Settings (flag, or environment variable, or a line in \(Configuration.standardFile) or --config FILE):
        \(settings)
        """

    static let publisher = """
        wheelhouse publisher add PROJECT github OWNER/REPOSITORY WORKFLOW.yml --owner-id NUMBER [--environment E]
            the job that runs this workflow of a repository on GitHub may publish to the project. The number is that of
            the owner's account ("id" at https://api.github.com/users/OWNER): it stays when the name changes hands
        wheelhouse publisher add PROJECT gitlab GROUP/PROJECT [--config .gitlab-ci.yml] [--namespace-id N]
            [--environment E] [--issuer https://gitlab.example]
            jobs of a project on GitLab; the issuer is gitlab.com unless another is named
        wheelhouse publisher add PROJECT oidc --issuer https://ci.example --claim NAME=PATTERN...
            any issuer: every claim must be what its pattern says, in which * stands for anything
        wheelhouse publisher list
        wheelhouse publisher remove NUMBER

        The project need not exist: the first upload makes it. The server's oidcIssuers must name the issuer.
        add takes --index I for a project of another index than main: its jobs ask below that index's address.
        --data DIR names the data folder (default Storage).

        """

    static let backup = """
        wheelhouse backup FOLDER [--data DIR]
            Copies the data folder, as it is at one moment, into FOLDER, which is a data folder then: 'wheelhouse verify
            --data FOLDER' checks it, and it can be served. The server may run meanwhile. Run it again with the same FOLDER
            to copy what is new; an interrupted backup leaves the one before it. FOLDER must be new, or hold an earlier
            backup of this index, and nothing else may use it meanwhile. Every blob that is copied is compared with its
            digest: exit status 1 names those that are damaged or missing here. A damaged catalog is refused. The file
            'admin-token' is not copied, the catalog knows the token.
        wheelhouse restore FOLDER [--data DIR]
            Copies the backup in FOLDER to a data folder that has no catalog yet. A FOLDER in this place has a slash in
            its name ('./backup') or is one of this kind; else see 'wheelhouse yank --help'.

        --data DIR names the data folder (default Storage).

        """

    static let verify = """
        wheelhouse verify [--data DIR]
            Reads every blob and compares its digest, looks for every file that the catalog names, and checks the
            chain of hashes of the journal. The last hash, kept elsewhere, shows later that nobody made the chain anew.
            Exit status 1 when something is damaged or missing. The server may run meanwhile.

        """

    static let collect = """
        wheelhouse gc [--keep-deleted 30d] [--data DIR]
            Removes blobs that the catalog does not refer to, and the bytes of files that were deleted longer ago than
            --keep-deleted says (30d; 0 for all), which cannot be restored then. The server may run meanwhile.

        """

    static let operations = """
        wheelhouse yank PROJECT==VERSION|FILE [--reason TEXT] [--dry-run]
            installers avoid it from now on, unless a pin names its version exactly (PEP 592)
        wheelhouse unyank PROJECT==VERSION|FILE [--dry-run]
        wheelhouse delete PROJECT==VERSION|FILE [--reason TEXT] [--dry-run]
            nobody sees it any more; the name stays taken, and the bytes are kept until 'wheelhouse gc'
        wheelhouse restore PROJECT==VERSION|FILE [--reason TEXT] [--dry-run]
            (for a folder, 'wheelhouse restore ./backup', see 'wheelhouse backup --help')
        wheelhouse status PROJECT active|deprecated|archived|quarantined [--reason TEXT] [--dry-run]
            archived: no uploads; quarantined: no uploads, and no file is listed or served (PEP 792)

            Each tells which releases in this index require what it takes away. --dry-run changes nothing.
            A running server shows the effect within a second.

        --index I names the index (default main); --data DIR names the data folder (default Storage).

        """

    static let checkSignature = """
        wheelhouse check-signature ARCHIVE SIGNATURE --trust FILE... [--signer NAME] [--at TIME] [--json]
            Checks a detached signature and prints the verdict and each step. Formats: attestations (PEP 740), bundles
            of Sigstore, SSH (namespace file), OpenPGP, minisign and signify, CMS, timestamps (RFC 3161), signatures
            without anything else.
            --trust names who is trusted: trusted_root.json of Sigstore, allowed_signers of OpenSSH, public keys of
            OpenPGP and minisign, public keys and certificates in PEM.
            --signer asks for one signer: the name in the certificate, the principal, or the fingerprint of a key.
            --at is the time that counts as now, such as 2026-01-31T23:59:59Z.
            Exit status 0 valid, 1 invalid, 3 unsupported, 2 when something could not be read.
        wheelhouse check-signature --batch [--trust FILE...]
            Reads lines {"archive": FILE, "signature": FILE, "trust": [FILE]} and writes one verdict a line, in JSON.
            "sha256" (with "filename") may stand in place of "archive"; "signer" and "at" are as above.

        """

    static let signature = """
        wheelhouse signature add FILE SIGNATURE
            adds a signature to a file that is here already; FILE is the file's name, SIGNATURE a file of any format
            of 'wheelhouse check-signature'. One that is invalid is refused with the step that failed.
        wheelhouse signature list FILE
            shows the file's signatures, with every check of each
        wheelhouse signature check [FILE...]
            checks the signatures again, of all files without FILE: by the trust files and the policy in force. Each check
            is added to those before. A file that was held is released when it is signed as the policy wants.
            Exit status 1 when a verdict is another one than the last time.
        wheelhouse signature held
            shows the files that wait for a signature, hidden from installers

        --index I names the index (default main); --data DIR names the data folder (default Storage); --trust FILE and
        --policy FILE are settings.

        """

    static let policy = """
        wheelhouse policy explain PROJECT
            says which rule is for the project, who must sign, and what becomes of files that nobody has signed
        wheelhouse policy check
            reads the trust files and the policy. Exit status 1 when they name keys that verify nothing, being weak,
            expired or revoked; 2 for a mistake.
        wheelhouse policy unpin PROJECT
            lets the next signer of a project under a rule of continuity become the one who must go on

        --index I names the project's index (default main); --data DIR names the data folder (default Storage);
        --trust FILE and --policy FILE are settings.

        """

    static let journal = """
        wheelhouse journal [--since TIME|SERIAL] [--after SERIAL] [--index I] [--project P] [--json]
                           [--data DIR]
            One line per change: serial, time, actor, action, index/project, subject, address, user agent; separated by
            tabs, - for what is not known. --json writes an object a line, with the details.
            --since takes a serial or a time such as 2026-01-31T23:59:59Z or 2026-01-31, --after a serial, which is
            left out itself. --project is one of the index main unless --index names another.
            Refused uploads and credentials are counted: one row for the first of a kind, principal and address, then
            one an hour with their number.

        """

    static let usage = """
        wheelhouse usage [PROJECT] [--days N] [--index I] [--data DIR]
            Without a project: each project's downloads in the last N days (default 90), the most downloaded first.
            With one: lines 'total N', then 'day', 'version', 'file', 'installer', 'python' and 'platform', each with a
            name and a number; separated by tabs. Counted is each GET of an archive that was answered from its beginning.
            --index I names the index (default main).

        """

    static let configuration = """
        wheelhouse config [settings]
            Prints each effective setting and where it comes from.

        """

    static let version = "wheelhouse version\n"

    private static let settings = Setting.all.map { setting in
        let standard = setting.standard.isEmpty ? "" : " (default \(setting.standard))"
        return "  \(setting.flag)  \(setting.variable)\n      \(setting.reason)\(standard)\n"
    }.joined()
}
