#!/usr/bin/env python3
"""Prints Sources/Packaging/LicenseList.swift from the copy of the SPDX License List that `packaging` (on PyPI) carries.

    .build/oracle/bin/python Tests/PackagingTests/Oracle/licenses.py > Sources/Packaging/LicenseList.swift
"""
import textwrap

import packaging
from packaging.licenses import _spdx


def identifiers(*tables, deprecated=None):
    found = [row["id"] for table in tables for row in table.values() if deprecated in (None, row["deprecated"])]
    return textwrap.fill(" ".join(found), 112, initial_indent=" " * 8, subsequent_indent=" " * 8,
                         break_long_words=False, break_on_hyphens=False)


print(f'''\
/// The identifiers of the SPDX License List {_spdx.VERSION}, as packaging {packaging.__version__} has them; written by
/// `Tests/PackagingTests/Oracle/licenses.py`.
enum LicenseList {{
    /// The version of the list.
    static let version = "{_spdx.VERSION}"

    /// Licences by their identifiers in lower case.
    static let licenses = byLowerCase(licenseText)

    /// Exceptions, for after `WITH`, by their identifiers in lower case.
    static let exceptions = byLowerCase(exceptionText)

    /// Identifiers of both kinds that the list keeps for old texts only.
    static let deprecated = Set(byLowerCase(deprecatedText).values)

    private static func byLowerCase(_ text: String) -> [String: String] {{
        var identifiers: [String: String] = [:]
        for word in text.split(whereSeparator: \\.isWhitespace) {{
            identifiers[String(word).lowercasedASCII] = String(word)
        }}
        return identifiers
    }}

    private static let licenseText = """
{identifiers(_spdx.LICENSES)}
        """

    private static let exceptionText = """
{identifiers(_spdx.EXCEPTIONS)}
        """

    private static let deprecatedText = """
{identifiers(_spdx.LICENSES, _spdx.EXCEPTIONS, deprecated=True)}
        """
}}''')
