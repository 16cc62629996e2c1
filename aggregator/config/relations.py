"""Which things in feeds.yaml, each right by itself, do not go together?

Reads the nodes and not the checked values, so that these problems are told together with those of single values.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from os.path import normpath
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from aggregator.config.addresses import is_web
from aggregator.config.document import Document
from aggregator.config.nodes import Node
from aggregator.errors import Problem
from aggregator.text import printable

_DEFAULT_PORTS = {"http": 80, "https": 443}


def relations(document: Document, root: Node, folder: Path) -> Iterator[Problem]:
    """Find sources with the same address, credentials without use, unknown topics, and slugs that collide."""
    sections = root.entries
    sources = sections["sources"].entries if "sources" in sections else {}
    topics = sections["topics"].entries if "topics" in sections else {}
    outputs = sections["outputs"].entries if "outputs" in sections else {}
    yield from _same_address(document, sources, folder)
    yield from _credentials(document, sources)
    yield from _collisions(document, topics, outputs)
    yield from _unknown_topics(document, topics, outputs)


def canonical(address: str, folder: Path) -> str:
    """Spell an address, or the path of a file, so that equal ones are equal; used for comparison only."""
    if not is_web(address):
        return address if address.startswith("${") else normpath(folder / address)
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return address
    scheme = parts.scheme.lower()
    authority = host if port in {None, _DEFAULT_PORTS[scheme]} else f"{host}:{port}"
    return urlunsplit((scheme, authority, parts.path or "/", parts.query, ""))


def _same_address(document: Document, sources: dict[str, Node], folder: Path) -> Iterator[Problem]:
    seen: dict[str, tuple[str, Node]] = {}
    for name, source in sources.items():
        node = _address(source)
        if node is None or not isinstance(node.value, str) or not node.value:
            continue
        other, first = seen.setdefault(canonical(node.value, folder), (name, node))
        if first is not node:
            yield document.problem(
                node.start,
                f"`{printable(name, 60)}` has the same address as `{printable(other, 60)}` in line"
                f" {document.line(first.start)}: keep one of them",
            )


def _address(source: Node) -> Node | None:
    if isinstance(source.value, str):
        return source
    return source.entries.get("feed") or source.entries.get("document")


def _credentials(document: Document, sources: dict[str, Node]) -> Iterator[Problem]:
    for source in sources.values():
        keys = source.entries
        if "password" in keys and "user" not in keys:
            yield document.problem(keys["password"].key, "`password` needs `user` beside it")
        feed = keys.get("feed")
        if feed is None or not isinstance(feed.value, str) or is_web(feed.value) or feed.value.startswith("${"):
            continue
        for key in ("user", "password", "headers"):
            if key in keys:
                message = f"`{key}` is for a feed on the web, and `feed` is a file here: take it out"
                yield document.problem(keys[key].key, message)


def _collisions(document: Document, topics: dict[str, Node], outputs: dict[str, Node]) -> Iterator[Problem]:
    for slug, output in outputs.items():
        if slug in topics:
            yield document.problem(
                output.key,
                f"`{printable(slug, 60)}` is also a topic (line {document.line(topics[slug].key)}), which is published"
                " under this name: choose another",
            )


def _unknown_topics(document: Document, topics: dict[str, Node], outputs: dict[str, Node]) -> Iterator[Problem]:
    for output in outputs.values():
        named = output.entries.get("topics")
        for node in named.items if named else ():
            if isinstance(node.value, str) and node.value not in topics:
                near = get_close_matches(node.value, topics, n=1)
                known = ", ".join(topics) or "none"
                advice = f"did you mean `{near[0]}`?" if near else f"the topics are {printable(known)}"
                yield document.problem(node.start, f"there is no topic `{printable(node.value, 60)}`: {advice}")
