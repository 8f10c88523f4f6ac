import Packaging

/// The modules that come with Python.
enum StandardLibrary {
    /// The public top-level modules of CPython 3.2 to 3.14, as project names.
    ///
    /// Source: the PyPI project stdlib-list 0.12.0, which the public index uses too. That one refuses the names of Python 2,
    /// of submodules and of private modules as well; a company's index does not, because projects such as `future`
    /// (`__future__`) and `importlib-metadata` had their names before that rule and are needed everywhere.
    static let modules: [ProjectName] = names.split(whereSeparator: \.isWhitespace).compactMap {
        try? ProjectName(String($0))
    }

    private static let names = """
        abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb
        binascii binhex bisect builtins bz2 calendar cgi cgitb chunk cmath cmd code codecs codeop collections
        colorsys compileall compression concurrent configparser contextlib contextvars copy copyreg cprofile crypt
        csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest dummy-threading email
        encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch formatter fpectl fractions
        ftplib functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http
        idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib lib2to3 linecache
        locale logging lzma macpath macurl2path mailbox mailcap marshal math mimetypes mmap modulefinder msilib
        msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator optparse os
        ossaudiodev parser pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath
        pprint profile pstats pty pwd py-compile pyclbr pydoc pydoc-data pyexpat queue quopri random re readline
        reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd
        smtplib sndhdr socket socketserver spwd sqlite3 sre-compile sre-constants sre-parse ssl stat statistics
        string stringprep struct subprocess sunau symbol symtable sys sysconfig syslog tabnanny tarfile telnetlib
        tempfile termios test textwrap this threading time timeit tkinter token tokenize tomllib trace traceback
        tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave
        weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc xxlimited xxsubtype zipapp zipfile zipimport
        zlib zoneinfo
        """
}
