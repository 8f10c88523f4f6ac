"""What a row of the table says, and when its bar is missed."""

import collections
import operator

# One measured quantity. `theirs` is what it is compared with, None when it is judged by itself. `must` and `aim` are
# bars such as "≤ 1.05", of the ratio or, without `theirs`, of the value; "" for none.
Figure = collections.namedtuple("Figure", "quantity ours theirs must aim", defaults=(None, "", ""))
# A name, and a function without parameters that measures and returns [Figure].
Work = collections.namedtuple("Work", "name measure")

COMPARE = {"≤": operator.le, "<": operator.lt, "≥": operator.ge, ">": operator.gt}
HEAD = "| work | quantity | wheelhouse | compared with | ratio | must | aim | |"
RULE = "| --- | --- | ---: | ---: | ---: | --- | --- | --- |"


def judged(figure):
    """The value that the bars are about, rounded as it is printed."""
    return round(figure.ours / figure.theirs if figure.theirs else figure.ours, 2)


def holds(bar, figure):
    """Whether a figure keeps a bar; one that does not exist is kept."""
    if not bar:
        return True
    sign, limit = bar.split()
    return COMPARE[sign](judged(figure), float(limit))


def mark(figure):
    if not holds(figure.must, figure):
        return "**missed**"
    if figure.aim and holds(figure.aim, figure):
        return "aim"
    return "met" if figure.must else ""


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:,.3g}"


def line(work, figure):
    """One line of the Markdown table."""
    theirs, ratio = (number(figure.theirs), f"{judged(figure):.2f}") if figure.theirs else ("", "")
    cells = [work, figure.quantity, number(figure.ours), theirs, ratio, figure.must, figure.aim, mark(figure)]
    return f"| {' | '.join(cells)} |"
