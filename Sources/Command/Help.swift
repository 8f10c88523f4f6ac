/// The texts of `--help`.
enum Help {
    static let program = """
        wheelhouse: a private Python package index

          wheelhouse [serve] [settings]      serve the data folder
          wheelhouse token create NAME       make a token for uploading (see 'wheelhouse token --help')
          wheelhouse token list              show all tokens
          wheelhouse token revoke NAME       make a token invalid
          wheelhouse verify                  read every file and compare its digest
          wheelhouse gc                      remove bytes that nothing refers to
          wheelhouse journal [--after N]     show every change with who made it and when
          wheelhouse check-signature A S     verify the signature S of the archive A (see its --help)
          wheelhouse config                  show the effective settings and where each comes from
          wheelhouse version                 show the version

        Settings (flag, or environment variable, or a line in \(Configuration.standardFile) or --config FILE):
        \(settings)
        """

    static let token = """
        wheelhouse token create NAME [--may read,upload,manage,admin] [--project P]... [--index I]... [--expires 90d]
            prints the new token, which is not shown again; without --may it may read and upload
        wheelhouse token list
        wheelhouse token revoke NAME
            a running server refuses the token within a second

        --data DIR names the data folder (default Storage).

        """

    static let verify = """
        wheelhouse verify [--data DIR]
            Reads every blob and compares its digest, and looks for every file that the catalog names.
            Exit status 1 when something is damaged or missing. The server may run meanwhile.

        """

    static let collect = """
        wheelhouse gc [--data DIR]
            Removes blobs that the catalog does not refer to. The server may run meanwhile.

        """

    static let checkSignature = """
        wheelhouse check-signature ARCHIVE SIGNATURE --trust FILE... [--signer NAME] [--at TIME] [--json]
            Checks a detached signature and prints the verdict and each step. Formats: attestations (PEP 740), bundles
            of Sigstore, SSH (namespace file), OpenPGP, minisign and signify, CMS, signatures without anything else.
            --trust names who is trusted: trusted_root.json of Sigstore, allowed_signers of OpenSSH, public keys of
            OpenPGP and minisign, public keys and certificates in PEM.
            --signer asks for one signer: the name in the certificate, the principal, or the fingerprint of a key.
            --at is the time that counts as now, such as 2026-01-31T23:59:59Z.
            Exit status 0 valid, 1 invalid, 3 unsupported, 2 when something could not be read.
        wheelhouse check-signature --batch [--trust FILE...]
            Reads lines {"archive": FILE, "signature": FILE, "trust": [FILE]} and writes one verdict a line, in JSON.
            "sha256" (with "filename") may stand in place of "archive"; "signer" and "at" are as above.

        """

    static let journal = """
        wheelhouse journal [--after SERIAL] [--data DIR]
            One line per change: serial, time, actor, action, index/project, subject; separated by tabs.

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
