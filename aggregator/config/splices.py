"""Which characters of feeds.yaml are put in or taken out for an edit?

Pure functions of the text, whose lines end in plain newlines, and the nodes that were read from it. They follow
the file's own form: block or `{…}`, its indentation, its quotes, its commas.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from aggregator.config.nodes import Data, Node

# What needs no quotes anywhere in YAML, also between braces.
_PLAIN = re.compile(r"[\w/](?:[\w./~%&=?+@;$()!*-]|:(?=[\w/])| (?=[\w(]))*")
_REST_OF_LINE = re.compile(r"[ \t]*(,?)[ \t]*(?:(?<=[ \t,])#[^\n]*)?(?=\n|\Z)")
_COMMA = re.compile(r"\s*,")
_COMMENT_LINE = re.compile(r"([ \t]*)#")
_INDENTATION = "  "


class Splice(NamedTuple):
    """Put `text` in the place of what stands from `start` to `end` (offsets)."""

    start: int
    end: int
    text: str


def written(entry: Data, quote: str = "") -> str:
    """Write a text, or a mapping of texts, on one line: in these quotes, else plain where that is safe."""
    if isinstance(entry, dict):
        return f"{{{', '.join(f'{_text(key, quote)}: {written(value, quote)}' for key, value in entry.items())}}}"
    return _text(str(entry), quote)


def added(text: str, root: Node, name: str, entry: Data) -> list[Splice]:
    """Add a source below the last one; `sources` may be empty or missing."""
    sources = root.entries.get("sources")
    if sources is None:
        return _with_sources(text, root, name, entry)
    if _is_flow(text, sources):
        quote = _quote(text, sources if sources.entries else root)
        return _added_between_braces(text, sources, f"{_text(name, quote)}: {written(entry, quote)}")
    quote = _quote(text, sources)
    if sources.entries:
        last = list(sources.entries.values())[-1]
        column = _column(text, last.key)
        place = _last_line_end(text, _end(text, last), column)
    else:
        column = _column(text, sources.key) + _step(text, root)
        place = _line_end(text, sources.end)
    return [Splice(place, place, f"\n{' ' * column}{_text(name, quote)}: {written(entry, quote)}")]


def removed(text: str, root: Node, name: str) -> list[Splice]:
    """Take out a source; see `editing.remove_source` for the comments."""
    sources = root.entries["sources"]
    source = sources.entries[name]
    begin, end = _line_start(text, source.key), _end(text, source)
    rest = _REST_OF_LINE.match(text, end)
    if not text[begin : source.key].strip() and rest and (rest[1] == "" or _is_flow(text, sources)):
        return [_lines(text, source.key, rest.end())]
    return [_between_braces(text, list(sources.entries.values()), source)]


def address(text: str, root: Node, name: str, value: str) -> Splice:
    """Change the address of a feed, in whichever form and quotes it stands."""
    source = root.entries["sources"].entries[name]
    node = source.entries.get("feed", source)
    quote = text[node.start] if text[node.start] in "\"'" else ""
    return Splice(node.start, _end(text, node), written(value, quote))


def _with_sources(text: str, root: Node, name: str, entry: Data) -> list[Splice]:
    quote = _quote(text, root)
    if _is_flow(text, root):
        return _added_between_braces(text, root, f"{_text('sources', quote)}: {written({name: entry}, quote)}")
    last = list(root.entries.values())[-1]
    margin = " " * _column(text, last.key)
    line = f"{margin}{' ' * _step(text, root)}{_text(name, quote)}: {written(entry, quote)}"
    place = _line_end(text, _end(text, last))
    return [Splice(place, place, f"\n\n{margin}{_text('sources', quote)}:\n{line}")]


def _added_between_braces(text: str, mapping: Node, line: str) -> list[Splice]:
    entries = list(mapping.entries.values())
    if not entries:
        return [Splice(mapping.start + 1, mapping.start + 1, line)]
    last = entries[-1]
    end = _end(text, last)
    rest = _REST_OF_LINE.match(text, end)
    margin = text[_line_start(text, last.key) : last.key]
    if rest is None or margin.strip():
        return [Splice(end, end, f", {line}")]
    # On a line of its own, like the one above; the comma goes before that one's comment.
    comma = [] if rest[1] else [Splice(end, end, ",")]
    return [*comma, Splice(rest.end(), rest.end(), f"\n{margin}{line}{rest[1]}")]


def _lines(text: str, key: int, end: int) -> Splice:
    """Take out whole lines, from the key's to the one that ends at `end`, and the comments that belong to them."""
    column = _column(text, key)
    stop = min(_last_line_end(text, end, column) + 1, len(text))
    start = _line_start(text, key)
    following = text[stop : _line_end(text, stop)]
    is_alone = not following.strip() or _COMMENT_LINE.match(following) or _indentation(following) != column
    while is_alone and start > 0:
        above = _line_start(text, start - 1)
        comment = _COMMENT_LINE.match(text, above, start)
        if comment is None or len(comment[1]) != column:
            break
        start = above
    return Splice(start, stop, "")


def _between_braces(text: str, entries: list[Node], source: Node) -> Splice:
    """Take out an entry that shares its line with others, and one of the commas beside it."""
    place = entries.index(source)
    end = _end(text, source)
    comma = _COMMA.match(text, end)
    if comma and place + 1 < len(entries):
        following = entries[place + 1].key
        return Splice(source.key, comma.end() if text[comma.end() : following].strip(" ") else following, "")
    if place == 0:
        return Splice(source.key, comma.end() if comma else end, "")
    before = _end(text, entries[place - 1])
    if "#" in text[before : source.key]:  # a comment on the entry before, whose comma ends the mapping as well
        return Splice(source.key, comma.end() if comma else end, "")
    return Splice(before, end, "")


def _text(value: str, quote: str) -> str:
    if quote == '"':
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    if not quote and _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("'", "''")
    return f"'{escaped}'"


def _is_flow(text: str, node: Node) -> bool:
    return text[node.start : node.start + 1] == "{"


def _quote(text: str, mapping: Node) -> str:
    """Give the quotes that a mapping's keys stand in, as in JSON."""
    quotes = {text[node.key] for node in mapping.entries.values()}
    return quotes.pop() if len(quotes) == 1 and quotes <= {'"', "'"} else ""


def _step(text: str, root: Node) -> int:
    """Give the indentation that the file has elsewhere."""
    for section in root.entries.values():
        if not _is_flow(text, section):
            for entry in section.entries.values():
                return _column(text, entry.key) - _column(text, section.key)
    return len(_INDENTATION)


def _end(text: str, node: Node) -> int:
    """Give where a value really ends: YAML's reader counts blank lines and comments to a block."""
    if node.entries and not _is_flow(text, node):
        return _end(text, list(node.entries.values())[-1])
    if node.items and text[node.start] != "[":
        return _end(text, node.items[-1])
    return node.start + len(text[node.start : node.end].rstrip())


def _last_line_end(text: str, end: int, column: int) -> int:
    """Give where the last line of an entry ends: comments below it that are indented as its keys are its own."""
    end = _line_end(text, end)
    while (comment := _COMMENT_LINE.match(text, end + 1)) and len(comment[1]) > column:
        end = _line_end(text, end + 1)
    return end


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return end if end >= 0 else len(text)


def _column(text: str, offset: int) -> int:
    return offset - _line_start(text, offset)


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
