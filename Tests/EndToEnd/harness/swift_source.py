"""Reads Swift source as far as Tests/lint needs, without a compiler."""

import functools
import re


class Blanker:
    """Swift source with comments, the text of strings and raw identifiers blanked; lines and columns stay."""

    def __init__(self, text):
        self.text, self.out = text, list(text)
        self.code(0)

    def blank(self, start, stop):
        for index in range(start, min(stop, len(self.out))):
            if self.out[index] != "\n":
                self.out[index] = " "
        return stop

    def code(self, at, until=None):
        """Scans code up to the closing parenthesis of an interpolation, or to the end. -> the position after it"""
        text, depth = self.text, 0
        while at < len(text):
            if text.startswith("//", at):
                at = self.blank(at, self.found("\n", at))
            elif text.startswith("/*", at):
                at = self.comment(at)
            elif re.match(r'#*"', text[at : at + 8]):
                at = self.string(at)
            elif text[at] == "`":
                at = self.blank(at, self.found("`", at + 1) + 1)
            elif text[at] == until and depth == 0:
                return at + 1
            else:
                depth += (text[at] == "(") - (text[at] == ")")
                at += 1
        return at

    def found(self, word, at):
        position = self.text.find(word, at)
        return len(self.text) if position < 0 else position

    def comment(self, at):
        """Blanks a comment between /* and */, which may hold others. -> the position after it"""
        start, depth = at, 0
        while at < len(self.text):
            step = {"/*": 1, "*/": -1}.get(self.text[at : at + 2], 0)
            depth, at = depth + step, at + (2 if step else 1)
            if depth == 0:
                break
        return self.blank(start, at)

    def string(self, start):
        """Blanks a string from its opening quote, but keeps the code of interpolations. -> the position after it"""
        text, hashes = self.text, re.match("#*", self.text[start : start + 8])[0]
        quotes = '"""' if text.startswith('"""', start + len(hashes)) else '"'
        closing, escape = quotes + hashes, "\\" + hashes
        at = self.blank(start, start + len(hashes) + len(quotes))
        while at < len(text):
            if text.startswith(escape + "(", at):
                at = self.code(self.blank(at, at + len(escape)) + 1, ")")
            elif text.startswith(escape, at):
                at = self.blank(at, at + len(escape) + 1)
            elif text.startswith(closing, at):
                return self.blank(at, at + len(closing))
            elif text[at] == "\n" and len(quotes) == 1:
                return at
            else:
                at = self.blank(at, at + 1)
        return at


@functools.cache
def code_only(text):
    return "".join(Blanker(text).out)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


FUNCTION = re.compile(
    r"^[ \t]*(?:@\w+(?:\([^)]*\))?\s+)*(?:[a-z]+(?:\([a-z]+\))?\s+)*(func\b|init[?(<]|deinit\b|subscript\b)",
    re.MULTILINE,
)


def swift_functions(code):
    """-> (start line, length in lines) of each function with a body; counts braces."""
    for match in FUNCTION.finditer(code):
        depth, parentheses, started = 0, 0, False
        for position in range(match.start(1), len(code)):
            letter = code[position]
            parentheses += (letter in "([") - (letter in ")]")
            if letter == "{" and (started or parentheses == 0):
                depth, started = depth + 1, True
            elif letter == "}" and started or letter == "}" and parentheses == 0:
                depth -= 1
            if started and depth == 0 or not started and (depth < 0 or code.startswith("\n\n", position)):
                break
        if started:
            yield line_of(code, match.start(1)), code.count("\n", match.start(1), position) + 1
