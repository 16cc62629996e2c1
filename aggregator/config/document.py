"""What is wrong with the form of feeds.yaml, and where does each thing stand?"""

from __future__ import annotations

import re
from bisect import bisect_right

from aggregator.config.excerpts import excerpt
from aggregator.config.nodes import Node, build
from aggregator.config.syntax import SyntaxFault
from aggregator.errors import Problem

# How often reading goes on after a fault, so that several are told at once.
_ATTEMPTS = 10
_EXCERPT = 200
_TAB = re.compile(r"^ *(\t)[ \t]*[^\s#]", re.MULTILINE)


class Document:
    """The text of feeds.yaml, taken apart.

    `root` is None where the text is no YAML; `problems` holds what is wrong with its form. `file` is how messages
    name the file.
    """

    def __init__(self, *, file: str, text: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._reported: set[int] = set()
        self._text = text
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._report_tabs()
        self.root = self._read()

    def line(self, offset: int) -> int:
        """Give the line of an offset, from 1."""
        return bisect_right(self._lines, offset)

    def place(self, offset: int) -> str:
        """Give `feeds.yaml:LINE:COLUMN` of an offset."""
        line = self.line(offset)
        return f"{self.file}:{line}:{offset - self._lines[line - 1] + 1}"

    def problem(self, offset: int, message: str) -> Problem:
        """Make a problem that points at an offset, with its line; secrets in the line are starred out."""
        line = self.line(offset)
        column = offset - self._lines[line - 1] + 1
        told = excerpt(self._text.split("\n"), line - 1)[:_EXCERPT]
        shown = "".join(c if c.isprintable() else " " for c in told).rstrip()
        visible = column <= len(shown) + 1
        return Problem(
            file=self.file, line=line, column=column, message=message, excerpt=shown if shown and visible else None
        )

    def report(self, offset: int, message: str) -> None:
        """Add a problem of form, unless one was found at the same place before."""
        if offset not in self._reported:
            self._reported.add(offset)
            self.problems.append(self.problem(offset, message))

    def _read(self) -> Node | None:
        text = self._text
        for _ in range(_ATTEMPTS):
            try:
                return self._checked(build(text, report=self.report, line=self.line))
            except SyntaxFault as fault:
                if self.line(fault.offset) not in {problem.line for problem in self.problems}:
                    self.report(fault.offset, fault.message)
                if not fault.quotable:
                    break
                # As if it stood in quotes: what comes behind it may be wrong as well.
                text = f"{text[: fault.offset]}x{text[fault.offset + 1 :]}"
        return None

    def _checked(self, root: Node | None) -> Node | None:
        if root is None or root.value == "":
            self.report(0, "the file is empty: it needs at least `site:`, with title, id and url")
            return None
        if not isinstance(root.value, dict):
            self.report(root.start, "feeds.yaml begins with a key and a colon, such as `site:`; this is none")
            return None
        return root

    def _report_tabs(self) -> None:
        for match in _TAB.finditer(self._text):
            self.report(match.start(1), "a tab: feeds.yaml is written with blanks only; replace the tab by blanks")
