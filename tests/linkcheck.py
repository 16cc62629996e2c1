"""Do all links of a published site lead somewhere?"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from lxml import html


def dead_links(files: Mapping[str, bytes], site: str, outside: Collection[str] = ()) -> list[str]:
    """Name the links below the site's address, anchors too, that nothing is at; what is `outside` others laid there."""
    dead = []
    anchors = {name: _anchors(content) for name, content in files.items() if name.endswith(".html")}
    for name, target in _links(files, site):
        path, _, anchor = target.partition("#")
        reached = os.path.normpath(Path(name).parent / path) if path else name
        if reached in outside:
            continue
        if reached not in files or (anchor and anchor not in anchors[reached]):
            dead.append(f"{name} links to {target}")
    return dead


def _anchors(page: bytes) -> set[str]:
    return {name.decode() for name in re.findall(rb' id="([^"]*)"', page)}


def _links(files: Mapping[str, bytes], site: str) -> Iterator[tuple[str, str]]:
    for name, content in files.items():
        if name.endswith(".html"):
            for element in html.document_fromstring(content).iter():
                target = element.get("href")
                if target is not None and not re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE):
                    yield name, target
        elif name.endswith((".atom", ".rss", ".json", ".opml")):
            below = "../" * name.count("/")
            for address in re.findall(rb'["> ]%s([^"< ]*)' % re.escape(site).encode(), content):
                yield name, below + (address.decode() or "index.html")
