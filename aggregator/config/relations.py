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
from aggregator.config.schema import SOURCE_SECTIONS
from aggregator.errors import Problem
from aggregator.text import printable

_DEFAULT_PORTS = {"http": 80, "https": 443}


def relations(document: Document, root: Node, folder: Path) -> Iterator[Problem]:
    """Find what names things that are not there, or twice, and what lacks a rule to go by."""
    sources, topics, outputs = (_section(root, name) for name in ("sources", "topics", "outputs"))
    yield from _same_address(document, sources, folder)
    yield from _credentials(document, sources)
    yield from _collisions(document, topics, outputs)
    for section in (*sources.values(), *outputs.values()):
        for key in ("topics", "only"):
            yield from _unknown(document, section.entries.get(key), "topic", topics)
        yield from _unknown(document, section.entries.get("sources"), "source", sources)
    yield from _without_rule(document, sources, topics, outputs)
    yield from _both_ways(document, topics)
    yield from _same_and_different(document, root)


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


def _section(root: Node, name: str) -> dict[str, Node]:
    """Give what a section holds, also where its name is misspelled, which is told once."""
    near = [name] if name in root.entries else get_close_matches(name, root.entries, n=1)
    return root.entries[near[0]].entries if near else {}


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
    return next((source.entries[kind] for kind in SOURCE_SECTIONS if kind in source.entries), None)


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
    taken = {**topics, **outputs}
    former: dict[str, Node] = {}
    for output in outputs.values():
        for node in _items(output, "formerly"):
            if isinstance(node.value, str) and node.value in taken | former:
                named = (taken | former)[node.value]
                yield document.problem(
                    node.start,
                    f"`{printable(node.value, 60)}` is published by line {document.line(named.key or named.start)}:"
                    " take it out here, or name that one otherwise",
                )
            elif isinstance(node.value, str):
                former[node.value] = node


def _unknown(document: Document, named: Node | None, kind: str, known: dict[str, Node]) -> Iterator[Problem]:
    for node in named.items if named else ():
        if isinstance(node.value, str) and node.value not in known:
            near = get_close_matches(node.value, known, n=1)
            listed = ", ".join(known) or "none"
            advice = f"did you mean `{near[0]}`?" if near else f"the {kind}s are {printable(listed)}"
            yield document.problem(node.start, f"there is no {kind} `{printable(node.value, 60)}`: {advice}")


def _without_rule(
    document: Document, sources: dict[str, Node], topics: dict[str, Node], outputs: dict[str, Node]
) -> Iterator[Problem]:
    bound = {
        node.value for source in sources.values() for node in _items(source, "topics") if isinstance(node.value, str)
    }
    for name, topic in topics.items():
        lacks = not topic.entries.keys() & {"any", "all", "with", "include"} and name not in bound
        if lacks and (topic.entries or topic.value == ""):
            message = f"`{printable(name, 60)}` needs `any`, such as `any: [smart city, OZG]`"
            yield document.problem(topic.key, message)
    for name, output in outputs.items():
        lacks = not output.entries.keys() & {"topics", "sources", "any", "none"}
        if lacks and (output.entries or output.value == ""):
            message = f"`{printable(name, 60)}` needs `topics`, such as `topics: [smart-city, ozg]`"
            yield document.problem(output.key, f"{message}, or `sources`, or `any`")


def _both_ways(document: Document, topics: dict[str, Node]) -> Iterator[Problem]:
    for topic in topics.values():
        included = {node.value for node in _items(topic, "include") if isinstance(node.value, str)}
        for node in _items(topic, "exclude"):
            if isinstance(node.value, str) and node.value in included:
                yield document.problem(node.start, "stands in `include` too: take one of the two out")


def _same_and_different(document: Document, root: Node) -> Iterator[Problem]:
    same = [(group, _texts(group)) for group in _items(root, "same")]
    for group in _items(root, "different"):
        names = _texts(group)
        for other, joined in same:
            if len(names & joined) > 1:
                yield document.problem(
                    group.start,
                    f"`same` joins two of these in line {document.line(other.start)}: take one of the two out",
                )


def _texts(group: Node) -> set[str]:
    return {node.value for node in group.items if isinstance(node.value, str)}


def _items(section: Node, key: str) -> list[Node]:
    return section.entries[key].items if key in section.entries else []
