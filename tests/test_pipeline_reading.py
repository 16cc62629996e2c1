"""What a worker makes of a document: of what is stored as it is, no more than is needed to tell so."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from aggregator.model import Context, SourceKind, Topic
from aggregator.pipeline.reading import Read, Reader
from aggregator.store.observed import Observed

CONTEXT = Context(
    url="https://stadt.example/feed", timezone=ZoneInfo("Europe/Berlin"), now=datetime(2026, 3, 2, tzinfo=UTC)
)
TOPIC = Topic(id="ozg", title="OZG", any=("Onlinezugangsgesetz",))
IMPRINT = "Mehr dazu im Amtsblatt der Stadt Köln."


def document(*titles: str) -> bytes:
    """A feed whose items all end with the same sentence."""
    items = "".join(
        f"<item><title>{title}</title><link>https://stadt.example/{n}</link><guid>{n}</guid>"
        f"<description>Der Rat beriet: „{title}“. {IMPRINT}</description></item>"
        for n, title in enumerate(titles)
    )
    return f'<rss version="2.0"><channel><title>Köln</title>{items}</channel></rss>'.encode()


TITLES = tuple(f"Beschluss Nummer {n} zum Onlinezugangsgesetz" if n % 4 else f"Öffnung {n}" for n in range(7))


def read(body: bytes, known: Read | None = None) -> Read:
    """Read a document, knowing what was read of it before."""
    digests = {one.id: one.digest for one in known.observed if isinstance(one, Observed)} if known else {}
    return Reader([TOPIC])(SourceKind.FEED, body, replace(CONTEXT, known=digests))


def found(read: Read) -> list[object]:
    """Give what terms were found in each entry that may have to be stored."""
    return [one.values["found"] for one in read.observed if isinstance(one, Observed)]


def test_what_is_new_among_what_is_known() -> None:
    """A new item is read as if all were new; the others are not searched, and told to be what they were."""
    first = read(document(*TITLES))
    fresh, again = (
        read(document(*TITLES, "Das Onlinezugangsgesetz kommt")),
        read(document(*TITLES, "Das Onlinezugangsgesetz kommt"), first),
    )
    assert again.observed[-1] == fresh.observed[-1]
    assert found(again) == found(fresh)[-1:] != [None]
    assert any(found(fresh)[:-1])
    assert [one.id for one in again.observed] == [one.id for one in fresh.observed]
    assert again.reading.entries[-1] == fresh.reading.entries[-1]
    assert again.reading.entries[-1].boilerplate
    assert [entry.id for entry in again.reading.entries] == [entry.id for entry in fresh.reading.entries]


def test_a_change_of_what_is_known() -> None:
    """An item that changed is read as a new one."""
    first = read(document(*TITLES))
    changed = document("Ein anderer Beschluss", *TITLES[1:])
    assert read(changed, first).observed[0] == read(changed).observed[0]


@pytest.mark.parametrize("stamp", ["<ttl>60</ttl>", "<lastBuildDate>Mon, 02 Mar 2026 10:00:00 GMT</lastBuildDate>"])
def test_nothing_but_a_stamp(stamp: str) -> None:
    """Where all is known, nothing is searched, also not what its items repeat."""
    first = read(document(*TITLES))
    stamped = read(document(*TITLES).replace(b"<item>", stamp.encode() + b"<item>", 1), first)
    assert [one.id for one in stamped.observed] == [one.id for one in first.observed]
    assert found(stamped) == []
    assert not any(entry.boilerplate for entry in stamped.reading.entries)
