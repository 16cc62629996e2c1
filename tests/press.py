"""Runs without a network: entries are put where a pull would put them, then filed and published."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from lxml import etree

from aggregator import config
from aggregator.model import Channel, Entry, SourceState
from aggregator.output import Written
from aggregator.pipeline.update import republish
from aggregator.pipeline.workplace import workplace
from aggregator.store.observed import Observed
from tests.conftest import SiteFolder
from tests.entries import entry

START = datetime(2025, 7, 1, 10, tzinfo=UTC)
ATOM = {"a": "http://www.w3.org/2005/Atom", "fh": "http://purl.org/syndication/history/1.0"}


@dataclass(slots=True, kw_only=True)
class Press:
    """A site whose runs are an hour apart; `now` is the time of the next one."""

    folder: SiteFolder
    now: datetime = START
    url: str = "https://news.example.org/"

    def run(self, entries: Mapping[str, Sequence[Entry]] | None = None) -> Written:
        """Record what sources say, file it and publish."""
        with workplace(config.load(self.folder.config, os.environ)) as place:
            number = place.store.begin_run(self.now)
            for source, told in (entries or {}).items():
                place.store.record(
                    source,
                    lambda _, source=source: SourceState(source=source),  # type: ignore[misc]
                    run=number,
                    entries=[_observed(one) for one in told],
                    channel=Channel(),
                    first_seen=self.now,
                    now=self.now,
                )
            written = republish(place, self.now)
        self.now += timedelta(hours=1)
        return written

    def walk(self, slug: str = "all") -> list[etree._Element]:
        """Read the Atom documents of an output from the newest to the oldest, each linked to from the one before."""
        documents, name = [], f"{slug}.atom"
        while name:
            root = etree.fromstring((self.folder.public / name).read_bytes())
            documents.append(root)
            name = (link(root, "prev-archive") or "").removeprefix(self.url)
        return documents

    def collected(self, slug: str = "all") -> dict[str, tuple[str, str]]:
        """Walk as a reader does that keeps, per id, the entry with the newest `updated`; title and `updated` by id."""
        kept: dict[str, tuple[str, str]] = {}
        for document in self.walk(slug):
            for told in document.iterfind("a:entry", ATOM):
                name, title, updated = (told.findtext(f"a:{tag}", "", ATOM) for tag in ("id", "title", "updated"))
                if name not in kept or updated > kept[name][1]:
                    kept[name] = (title, updated)
        return kept


def link(root: etree._Element, relation: str) -> str | None:
    """Give the address of a feed's link."""
    found = root.find(f"a:link[@rel='{relation}']", ATOM)
    return None if found is None else found.get("href")


def news(number: int, *, day: int = 0, text: str = "Der Rat hat „zugestimmt“ – einstimmig.", **told: object) -> Entry:
    """Make an entry, `day` days after START; its number is its identity."""
    title = str(told.pop("title", f"Meldung {_word(number)} aus dem Rathaus „Süd“"))
    return entry(
        title,
        id=f"urn:beispiel:{number}",
        link=f"https://kommune.example/{number}",
        published=START + timedelta(days=day, minutes=number % 600),
        summary=f"<p>{text}</p>",
        **told,
    )


def _word(number: int) -> str:
    """Spell a number in letters, so that titles are not near to each other."""
    return sha256(str(number).encode()).hexdigest().translate(str.maketrans("0123456789", "ghijklmnop"))[:12].title()


def _observed(one: Entry) -> Observed:
    visible = sha256(repr((one.title, one.summary, one.content)).encode()).hexdigest()
    return Observed.of(one, visible=visible, day=one.published.date() if one.published else None)
