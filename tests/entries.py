"""Entries and stories, made short for tests."""

from __future__ import annotations

from datetime import UTC, datetime

from aggregator.model import Channel, Entry, Precision, StoredEntry, Trust

NOW = datetime(2025, 7, 20, 8, 30, tzinfo=UTC)


def entry(title: str | None = "Rat beschließt Digitalstrategie", **told: object) -> Entry:
    """Make an entry of 15 July 2025 at noon; `told` overrides any field."""
    fields: dict[str, object] = {
        "id": f"urn:beispiel:{title}",
        "id_derived": False,
        "title": title,
        "link": "https://kommune.example/meldung",
        "published": datetime(2025, 7, 15, 10, tzinfo=UTC),
        "precision": Precision.SECOND,
        "trust": Trust.DECLARED,
        "summary": "<p>Der Rat hat beschlossen.</p>",
    }
    return Entry(**(fields | told))  # type: ignore[arg-type]


def stored(told: Entry | None = None, **fields: object) -> StoredEntry:
    """Make a stored entry of the source `alpha`; `fields` overrides any field."""
    values: dict[str, object] = {
        "number": 1,
        "source": "alpha",
        "rank": 0,
        "entry": told or entry(),
        "channel": Channel(),
        "place": 0,
        "first_seen": NOW,
        "revised": NOW,
        "visible": "v",
        "run": 1,
    }
    return StoredEntry(**(values | fields))  # type: ignore[arg-type]
