"""Which keys and values of feeds.yaml are wrong, and where?"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from aggregator.config.document import Document
from aggregator.config.nodes import Data, Keys, Node
from aggregator.config.schema import SOURCE_SECTIONS, FeedsFile, keys_of, section_at
from aggregator.errors import Problem
from aggregator.text import printable


def validate(document: Document, root: Node) -> tuple[FeedsFile | None, list[Problem]]:
    """Check keys and values; gives what they say, or None and every problem."""
    try:
        return FeedsFile.model_validate(root.data), []
    except ValidationError as error:
        return None, [_problem(document, root, details) for details in error.errors(include_url=False)]


def _problem(document: Document, root: Node, details: ErrorDetails) -> Problem:
    path = _without_tag(details["loc"])
    node, above = root.find(path), root.find(path[:-1])
    if details["type"] == "extra_forbidden":
        return document.problem(node.key, _unknown(path, above.data))
    if details["type"] == "missing":
        return document.problem(above.key, _missing(path, above.data))
    message = details["ctx"]["error"]
    if path[-1] == "[key]":
        return document.problem(above.key, f"`{_shown(path[-2])}` {message}")
    name = next(step for step in reversed(path) if isinstance(step, str))
    return document.problem(node.start, f"`{_shown(name)}` {message}")


def _without_tag(location: Keys) -> Keys:
    """Take out the kind by which pydantic chose the keys of a source."""
    if location[:1] == ("sources",) and location[2:3] and location[2] in SOURCE_SECTIONS:
        return location[:2] + location[3:]
    return location


def _unknown(path: Keys, data: Data) -> str:
    key = str(path[-1])
    section = section_at(path[:-1], data)
    if section in SOURCE_SECTIONS.values():
        if key in SOURCE_SECTIONS:
            return f"a source has only one of {_quoted(SOURCE_SECTIONS)}: keep that one"
        for kind, other in SOURCE_SECTIONS.items():
            if key in other.model_fields:
                return f"`{key}` belongs to a {kind}, and this source is none: take it out"
    known = keys_of(section)
    near = get_close_matches(key.lower(), known, n=1, cutoff=0.7)
    advice = f"did you mean `{near[0]}`?" if near else f"the keys here are {', '.join(known)}"
    return f"there is no key `{_shown(key)}` {_where(path[:-1])}: {advice}"


def _missing(path: Keys, data: Data) -> str:
    key = str(path[-1])
    if path[0] == "sources" and key == "feed":
        return (
            f"`{_shown(path[1])}` needs `feed: …` (an address or a file), `page: …` (an address that has no feed)"
            " or `document: …` (a captured page)"
        )
    (example,) = section_at(path[:-1], data).model_fields[key].examples or ("…",)
    owner = f"`{_shown(path[-2])}`" if len(path) > 1 else "feeds.yaml"
    return f"{owner} needs `{key}`, such as `{key}: {example}`"


def _quoted(keys: Iterable[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys)


def _where(path: Keys) -> str:
    return f"in `{_shown(path[-1])}`" if path else "at the top level"


def _shown(step: str | int) -> str:
    return printable(str(step), 60)
