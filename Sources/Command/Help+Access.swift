/// The texts of `--help` about who may do what.
extension Help {
    static let token = """
        wheelhouse token create NAME [--account A] [--may read,upload,manage,admin] [--project P]... [--index I]...
                                [--release V]... [--files PATTERN] [--from ADDRESS]... [--not-before TIME]
                                [--expires 90d] [--uses N] [--narrowable]
            prints the new token, which is not shown again; without --may it may read and upload
            --account: whose it is; it can only narrow what that account may. Without it, a robot of the token's name
            is made, which may what the token may.
            --release, --files: the only versions and names ('*' for any characters) that it may publish or change
            --from: an address or range such as 10.0.0.0/8 that it may be used from
            --uses: how many files it may publish
            --narrowable: its holder can narrow it offline, with the command below or pypitoken
        wheelhouse token list
        wheelhouse token revoke NAME
            a running server refuses the token within a second, with all that were made from it
        wheelhouse token narrow [--may P] [--project P]... [--index I]... [--release V]... [--files PATTERN]
                                [--from ADDRESS]... [--not-before TIME] [--expires 7d]
            reads a narrowable token from standard input and prints one that may no more than this; needs no data folder

        --data DIR names the data folder (default Storage).

        """

    static let account = """
        wheelhouse account create NAME [--robot]
            makes an account of a person, or of a robot, which has tokens and no password; it may do nothing yet
        wheelhouse account password NAME
            reads a password of 10 to 1024 bytes from standard input
        wheelhouse account list
        wheelhouse account disable NAME
        wheelhouse account enable NAME
            refuses the account with its password and tokens, or lets it in again; its sessions end
        wheelhouse account sessions NAME [--end SESSION|all]
            lists where somebody is signed in with a browser, or ends a session
        wheelhouse account delete NAME
            ends it for ever: its rights and memberships are gone, its tokens revoked; the name is not given again

        --data DIR names the data folder (default Storage).

        """

    static let team = """
        wheelhouse team create NAME
        wheelhouse team add NAME ACCOUNT
        wheelhouse team remove NAME ACCOUNT
        wheelhouse team list
        wheelhouse team delete NAME
            its members lose what it had

        --data DIR names the data folder (default Storage).

        """

    static let grant = """
        wheelhouse grant add PERMISSION HOLDER [--index I] [--project P]
        wheelhouse grant remove PERMISSION HOLDER [--index I] [--project P]
            PERMISSION: read, upload, manage or admin; each includes those before it. HOLDER: an account, or team:NAME.
            Without --index for the whole server; --project alone means a project of the index main, which need not
            exist yet.
        wheelhouse grant list

        --data DIR names the data folder (default Storage).

        """

    static let visibility = """
        wheelhouse visibility PROJECT private|public [--index I]
            A private project is seen by those who have a grant that reaches it; for others it does not exist.

        --data DIR names the data folder (default Storage).

        """
}
