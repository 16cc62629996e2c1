"""What is wrong where feeds.yaml cannot be read as YAML, in an operator's words?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.text import printable

if TYPE_CHECKING:
    from ruamel.yaml.error import YAMLError

_QUOTES = "text that begins with {} goes in quotes"
# The beginnings of what ruamel says (context, then problem), and what an operator can do about it.
_ADVICE = (
    (
        "while parsing a flow",
        "what {} opens here is not closed as it should be: commas part the entries of a list, and text that has"
        " one of `[ ] {{ }}` at its beginning or a comma in it goes in quotes",
    ),
    ("while scanning an alias", _QUOTES),
    ("while scanning an anchor", _QUOTES),
    ("while scanning a tag", _QUOTES),
    ("while scanning a block scalar", _QUOTES),
    ("while scanning a quoted scalar", "the quote {} that opens here is not closed: put one at the end of the text"),
    (
        "while scanning a double-quoted scalar",
        "a backslash is special in \"double quotes\": use 'single quotes' where it is meant as it stands",
    ),
    (
        "while scanning a simple key",
        "there is no `: ` after this: a key needs a colon and a blank (`key: value`), a list item a `- ` before it",
    ),
    (
        "mapping values are not allowed",
        "this colon is not expected here: look at the indentation of this line and of the one above, and for the blank"
        " after its colon",
    ),
    ("sequence entries are not allowed", "a list item (`- …`) begins on a line of its own"),
    ("found character '\\t'", "a tab: feeds.yaml is written with blanks only; replace the tab by blanks"),
    ("found character", _QUOTES),
    ("expected the node content", _QUOTES),
    (
        "expected <block end>",
        "the indentation of this line does not fit: the keys of a mapping, and the items of a list, stand in one"
        " column",
    ),
)
# What is to be seen is where these began, not where the reader gave up.
_FROM_THE_BEGINNING = (
    "while parsing a flow",
    "while scanning an alias",
    "while scanning an anchor",
    "while scanning a tag",
    "while scanning a block scalar",
    "while scanning a quoted scalar",
    "while scanning a simple key",
)


class SyntaxFault(Exception):  # noqa: N818 - a fault of the text; it becomes a Problem, and never leaves this package
    """The text cannot be read any further. `offset` is where, `message` says what to do.

    `quotable` tells that it could be read if the character there stood in quotes.
    """

    def __init__(self, offset: int, message: str, *, quotable: bool = False) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message
        self.quotable = quotable


def explain(error: YAMLError, text: str, last: int | None) -> SyntaxFault:
    """Say in an operator's words what ruamel.yaml could not read.

    `last` is the offset of the value that was read last, None where there was none.
    """
    from ruamel.yaml.reader import ReaderError

    if isinstance(error, ReaderError):
        return SyntaxFault(error.position, "a control character that YAML forbids: delete it")
    context: str = getattr(error, "context", None) or ""
    problem: str = getattr(error, "problem", None) or str(error)
    offset: int = _index(error, "problem_mark", 0)
    if problem.startswith("expected <block end>") and last is not None and _ends_early(text, last, offset):
        return SyntaxFault(last, f"{_QUOTES.format(_sign(text[last]))} as a whole", quotable=True)
    if problem.startswith("mapping values") and ": " in text[text.rfind("\n", 0, offset) + 1 : offset]:
        return SyntaxFault(offset, "text that has `: ` in it goes in quotes", quotable=True)
    if context.startswith(_FROM_THE_BEGINNING):
        offset = _index(error, "context_mark", offset)
    for beginning, advice in _ADVICE:
        if context.startswith(beginning) or problem.startswith(beginning):
            quotable = advice == _QUOTES and offset < len(text)
            return SyntaxFault(offset, advice.format(_sign(text[offset : offset + 1])), quotable=quotable)
    return SyntaxFault(offset, f"this is no YAML: {printable(problem)}")


def _index(error: YAMLError, mark: str, otherwise: int) -> int:
    """Give the offset of a mark of ruamel's errors, which may be missing or None."""
    index: int = getattr(getattr(error, mark, None), "index", otherwise)
    return index


def _ends_early(text: str, last: int, offset: int) -> bool:
    """Tell a value such as `[Update] Text`, of which YAML reads the beginning only."""
    return text[last : last + 1] in "[{\"'" and "\n" not in text[last:offset]


def _sign(character: str) -> str:
    return "a backquote" if character == "`" else f"`{character}`"
