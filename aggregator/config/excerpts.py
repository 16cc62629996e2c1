"""What of a line of feeds.yaml may be shown, where something on it is wrong?

What is wrong may be the very key that would say what is secret. So outside of the sections that hold no secrets only
the values of keys are shown that are known to be harmless, or nearly spelled so; the name of a variable always is.
What is starred out keeps its length, so that a caret below still points at its column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

_OPEN_SECTIONS = frozenset({"site", "fetch", "topics", "outputs", "keep", "same", "different", "hide"})
_HARMLESS = (
    *("feed", "document", "page", "title", "url", "captured", "select", "every", "paused", "topics", "only", "take"),
    *("content", "public", "item", "link", "date", "summary", "user", "sources"),
)
_HEADERS = "headers"
_SECRET = (_HEADERS, "password", "passwort", "authorization", "cookie", "token", "api-key", "secret")

_CREDENTIALS = re.compile(r"://[^\s/@:]*:([^\s/@]+)@")
_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")
_SECTION = re.compile(r"[\"']?([\w-]+)[\"']?\s*:")
_KEY = re.compile(r"([\"']?)([\w-]+)\1\s*:(?:\s+|(?=[\"'{\[])|$)")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"?|'(?:[^']|'')*'?")
_FLOW = re.compile(r"[\[{](?:\"(?:[^\"\\]|\\.)*\"?|'(?:[^']|'')*'?|[^\]}\"'])*")
_PLAIN = re.compile(r"[^,}\]]*")
_INDENT = re.compile(r"[ \t]*")

_Span = tuple[int, int]


def excerpt(lines: Sequence[str], number: int) -> str:
    """Give a line (counted from 0) of a file, what may be secret starred out."""
    line = lines[number]
    spans = [found.span(1) for found in _CREDENTIALS.finditer(line)]
    above = list(_above(lines, number))
    section = _SECTION.match(above[-1] if above else line)
    if section is None or section[1] not in _OPEN_SECTIONS:
        if any(map(_opens_secret, above)):
            key = _KEY.match(line, _indent(line))
            spans.append((key.end() if key else _indent(line), len(line)))
        else:
            is_source = len(above) == 1
            spans += _values(line, skip_first=is_source)
    return _starred(line, spans)


def _above(lines: Sequence[str], number: int) -> Iterator[str]:
    """Give the lines that a line stands below, the nearest first: each is indented less than the one before."""
    indent = _indent(lines[number])
    for line in reversed(lines[:number]):
        text = line.strip()
        if text and not text.startswith("#") and _indent(line) < indent:
            indent = _indent(line)
            yield line


def _indent(line: str) -> int:
    found = _INDENT.match(line)
    return found.end() if found else 0


def _opens_secret(line: str) -> bool:
    """Say whether what stands below a line belongs to a secret key: it is the last one there."""
    keys = [found[2] for found in _KEY.finditer(line)]
    in_headers = any(_is_like(key, (_HEADERS,)) for key in keys) and line.count("{") > line.count("}")
    return bool(keys) and (in_headers or _is_like(keys[-1], _SECRET))


def _values(line: str, *, skip_first: bool) -> Iterator[_Span]:
    """Give where the values of keys stand that are not known to be harmless; the first key may be a source's id."""
    position = 0
    while key := _KEY.search(line, position):
        position = key.end()
        if skip_first and not line[: key.start()].strip():
            continue
        if line[position : position + 1] in {"{", "["} and not _is_like(key[2], _SECRET):
            continue
        end = _end(line, position, in_flow="{" in line[: key.start()])
        if not _is_harmless(key[2]):
            yield position, end
        position = end


def _end(line: str, start: int, *, in_flow: bool) -> int:
    """Give where a value ends; outside of a flow it takes the whole line."""
    found = _FLOW.match(line, start) or ((_QUOTED.match(line, start) or _PLAIN.match(line, start)) if in_flow else None)
    return found.end() if found else len(line)


def _is_like(key: str, names: Sequence[str]) -> bool:
    return bool(get_close_matches(key.lower(), names, n=1, cutoff=0.75))


def _is_harmless(key: str) -> bool:
    near = get_close_matches(key.lower(), (*_HARMLESS, *_SECRET), n=1, cutoff=0.7)
    return bool(near) and near[0] in _HARMLESS


def _starred(line: str, spans: Sequence[_Span]) -> str:
    shown = list(line)
    for start, end in spans:
        shown[start:end] = ["*" if one.strip() else one for one in line[start:end]]
    for variable in _VARIABLE.finditer(line):
        shown[slice(*variable.span())] = variable[0]
    return "".join(shown)
