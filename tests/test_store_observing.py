"""Promises of store/observing.py: an entry is known again, whatever its source does to ids and texts."""

from __future__ import annotations

import hashlib
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from aggregator.model import Channel, Entry, SourceState
from aggregator.store import Recorded, Store, open_store
from aggregator.store.observed import Observed, Unchanged
from aggregator.stories import told_date
from tests.entries import NOW, entry
from tests.test_store import source

BERLIN = ZoneInfo("Europe/Berlin")
LATER = NOW + timedelta(hours=2)
DAY = timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "aggregator.db", create=True)
    opened.register([source("alpha", 0), source("beta", 1)])
    opened.begin_run(NOW)
    yield opened
    opened.close()


def observed(told: Entry) -> Observed:
    """Say of an entry what the pull says of it."""
    date = told_date(told)
    visible = hashlib.sha256(f"{told.title} {told.summary}".encode()).hexdigest()
    return Observed.of(told, visible=visible, day=date.astimezone(BERLIN).date() if date else None)


def record(
    store: Store, *entries: Entry, now: datetime = NOW, name: str = "alpha", tells_all: bool = False
) -> Recorded:
    """Record a document as a pull does: what is stored as it came is only named, unless `tells_all`."""
    known = {} if tells_all else store.digests(name)
    told = (observed(one) for one in entries)
    return store.record(
        name,
        lambda _recorded: SourceState(source=name),
        entries=[Unchanged(id=one.id) if known.get(one.id) == one.digest else one for one in told],
        run=1,
        channel=Channel(),
        first_seen=now,
        now=now,
    )


def item(name: str, title: str, days: int = 0, **told: object) -> Entry:
    """Make an entry of an id and a title, some days after the usual one."""
    published = entry().published
    assert published
    return entry(title, **({"id": name, "published": published + days * DAY} | told))


def stored(store: Store) -> dict[str, tuple[int, str | None]]:
    """Give number and title of all entries that are pending, by id."""
    with store.filing() as filing:
        return {one.entry.id: (one.number, one.entry.title) for one in next(filing.pending(99), [])}


def titled(prefix: str) -> list[Entry]:
    return [item(f"{prefix}{n}", f"Rat beschließt „Punkt {n}“") for n in range(4)]


def test_churned_ids_are_the_same_entries(store: Store) -> None:
    """Where a source gives its entries new ids, nothing is new, and each keeps its row."""
    record(store, *titled("digest:"))
    before = stored(store)
    assert record(store, *titled("https://stadt.example/"), now=LATER) == Recorded(changed=4, churned=4)
    after = stored(store)
    assert [after[f"https://stadt.example/{n}"] for n in range(4)] == [before[f"digest:{n}"] for n in range(4)]
    assert len(after) == 4
    assert record(store, *titled("https://stadt.example/"), now=LATER) == Recorded()


def test_churn_is_of_one_source(store: Store) -> None:
    """What another source has under other ids is not touched."""
    record(store, *titled("a"))
    assert record(store, *titled("b"), name="beta") == Recorded(new=4)


def test_ids_that_go_round(store: Store) -> None:
    """Ids that are but places in the document go round, and each entry keeps its row and text."""
    texts = [(f"Stadt Köln meldet „Thema {n}“", -n) for n in range(5)]
    record(store, *(item(str(place), *texts[place + 1]) for place in range(4)))
    before = {title: number for number, title in stored(store).values()}
    told = record(store, *(item(str(place), *texts[place]) for place in range(5)), now=LATER)
    assert (told.new, told.churned) == (1, 4)
    after = {title: number for number, title in stored(store).values()}
    assert {title: number for title, number in after.items() if title in before} == before
    assert len(after) == 5


def test_a_place_that_drops_out(store: Store) -> None:
    """The last item of such a document, which drops out, is kept under an id that says so."""
    texts = [(f"Stadt Köln meldet „Thema {n}“", -n) for n in range(5)]
    record(store, *(item(str(place), *texts[place + 1]) for place in range(4)))
    record(store, *(item(str(place), *texts[place]) for place in range(4)), now=LATER)
    assert {name: told for name, (_, told) in stored(store).items()} == {
        "0": "Stadt Köln meldet „Thema 0“",
        "1": "Stadt Köln meldet „Thema 1“",
        "2": "Stadt Köln meldet „Thema 2“",
        "3": "Stadt Köln meldet „Thema 3“",
        "3#2025-07-11": "Stadt Köln meldet „Thema 4“",
    }


WORDS = "Schwimmbad Museum Buslinie Feuerwehr Bibliothek Theater Rathaus Brücke Schule Markt Hafen Zoo".split()


def placed(words: list[str]) -> list[Entry]:
    """Make a document whose ids are but places; titles, one day and links stay with the news."""
    return [
        item(f"item-{place}", f"{word} wird teurer", link=f"https://stadt.example/{word}")
        for place, word in enumerate(words)
    ]


@pytest.mark.parametrize(
    ("count", "shift"), [(1, 0), (2, 1), (3, 1), (3, 2), (4, 1), (4, 2), (5, 2), (6, 3), (6, 4), (6, 5)]
)
def test_one_known_item_under_anothers_id_tells_places(store: Store, count: int, shift: int) -> None:
    """However few of a document's items slide, each keeps its row, and what came is new; so it is on the way back."""
    record(store, *placed(WORDS[shift : shift + count]))
    before = {title: number for number, title in stored(store).values()}
    told = record(store, *placed(WORDS[:count]), now=LATER)
    assert (told.new, told.churned) == (shift, count - shift if shift else 0)
    after = {title: number for number, title in stored(store).values()}
    assert set(after) == {f"{word} wird teurer" for word in WORDS[: count + shift]}
    assert {title: after[title] for title in before} == before
    record(store, *placed(WORDS[shift : shift + count]), now=LATER)
    assert {title: number for number, title in stored(store).values()} == after


def test_a_document_of_places_that_shrinks(store: Store) -> None:
    """An item that moves up from a place that is gone overwrites nothing."""
    record(store, *placed(WORDS[:3]))
    before = {title: number for number, title in stored(store).values()}
    assert record(store, *placed(WORDS[2:3]), now=LATER).new == 0
    assert {title: number for number, title in stored(store).values()} == before


def test_a_title_that_comes_every_week_under_places(store: Store) -> None:
    """What has the title of another day is new where ids are places, beside what slid."""
    market = item("item-0", "Wochenmarkt am Dom", link="https://stadt.example/1")
    record(store, market, item("item-1", "Rat tagt heute", link="https://stadt.example/2"))
    later = item("item-0", "Wochenmarkt am Dom", 7, link="https://stadt.example/3")
    slid = [replace(market, id="item-1"), item("item-2", "Rat tagt heute", link="https://stadt.example/2")]
    assert record(store, later, *slid, now=LATER).new == 1
    assert len(stored(store)) == 3


def test_swapped_headlines_are_revisions(store: Store) -> None:
    """Where an editor swaps two headlines and the links stay, ids are none of places; nor by one that is doubled."""
    record(store, *placed(WORDS[:2]))
    links = [f"https://stadt.example/{word}" for word in WORDS]
    swapped = [item(f"item-{n}", f"{WORDS[1 - n]} wird teurer", link=links[n]) for n in range(2)]
    assert record(store, *swapped, now=LATER) == Recorded(changed=2)
    doubled = [item(f"item-{n}", f"{WORDS[1]} wird teurer", link=links[0], summary="<p>Neu</p>") for n in range(2)]
    assert record(store, *doubled, now=LATER) == Recorded(changed=2)
    assert record(store, *placed(WORDS[2:3]), now=LATER) == Recorded(changed=1)


def test_an_id_used_again_is_a_new_entry(store: Store) -> None:
    """Over an entirely different title and day an id is a new entry's; the old one stays, under an id told apart."""
    record(store, item("1", "Schwimmbad öffnet wieder"))
    assert record(store, item("1", "Haushalt verabschiedet", 9), now=LATER) == Recorded(new=1)
    assert {name: title for name, (_, title) in stored(store).items()} == {
        "1": "Haushalt verabschiedet",
        "1#2025-07-15": "Schwimmbad öffnet wieder",
    }


def test_an_id_set_aside_takes_no_other_id(store: Store) -> None:
    """An id that a source has made to look like one of ours takes nothing away from an entry."""
    record(store, item("1", "Schwimmbad öffnet wieder"), item("1#2025-07-15", "Bibliothek zieht um"))
    told = record(store, item("1", "Haushalt verabschiedet", 9), item("1#2025-07-15#1", "Kita eröffnet"), now=LATER)
    assert told == Recorded(new=2)
    assert sorted(stored(store)) == ["1", "1#2025-07-15", "1#2025-07-15#1", "1#2025-07-15#1#1"]


def test_a_changed_headline_is_the_same_entry(store: Store) -> None:
    """Another headline of the same day, or one of another day that shares a word, is a revision."""
    record(store, item("1", "Rat tagt heute"))
    assert record(store, item("1", "Sitzung fällt aus")) == Recorded(changed=1)
    assert record(store, item("1", "Sitzung im August", 20)) == Recorded(changed=1)


def test_former_texts_are_kept(store: Store) -> None:
    """The latest five former texts of an entry are kept, the last one first; what nobody sees makes none."""
    for count in range(8):
        record(store, item("1", "Rat tagt", summary=f"<p>Fassung {count}</p>"), now=NOW + count * DAY)
    ((number, _),) = stored(store).values()
    former = store.revisions(number)
    assert [one.summary for one in former] == [f"<p>Fassung {count}</p>" for count in (6, 5, 4, 3, 2)]
    assert (former[0].title, former[0].content, former[0].replaced) == ("Rat tagt", None, NOW + 7 * DAY)
    record(store, item("1", "Rat tagt", summary="<p>Fassung 7</p>", categories=("Köln",)), now=NOW + 9 * DAY)
    assert store.revisions(number) == former


def test_many_entries_at_once(store: Store) -> None:
    """A document of more entries than one statement may name is compared whole."""
    many = [item(f"{n}", f"Meldung {n}") for n in range(1200)]
    assert record(store, *many) == Recorded(new=1200)
    assert record(store, *many, now=LATER) == Recorded()


def warning(title: str, minute: int, link: str = "https://stadt.example/") -> Entry:
    """Make the only entry of a document, whose id never changes."""
    published = entry().published
    assert published
    return entry(title, id="aktuell", link=f"{link}{minute}", published=published + timedelta(minutes=minute))


def test_an_id_that_is_used_again_on_one_day(store: Store) -> None:
    """Under another link, time and title an id stands for something new; an edit leaves one of the three as it was."""
    record(store, warning("Sturm über dem Hafen", 1))
    assert record(store, warning("Glatteis in der Altstadt", 2), now=LATER) == Recorded(new=1)
    assert record(store, warning("Glatteis auf allen Straßen", 3), now=LATER) == Recorded(changed=1)
    told = warning("Nebel", 3)
    assert record(store, told, now=LATER) == Recorded(changed=1)
    assert record(store, warning("Hitze", 3, link="https://anders.example/"), now=LATER) == Recorded(changed=1)
    assert {title for _, title in stored(store).values()} == {"Sturm über dem Hafen", "Hitze"}


def test_places_are_known_without_links(store: Store) -> None:
    """Where nothing has a link, a known title and day under another's id tell that ids are but places."""
    first = [item(f"item-{place}", f"{word} wird teurer", link=None) for place, word in enumerate(WORDS[1:6])]
    record(store, *first)
    before = {title: number for number, title in stored(store).values()}
    slid = [item(f"item-{place}", f"{word} wird teurer", link=None) for place, word in enumerate(WORDS[:5])]
    assert record(store, *slid, now=LATER).new == 1
    after = {title: number for number, title in stored(store).values()}
    assert {title: after[title] for title in before} == before


ITEMS = st.tuples(
    st.sampled_from(["a", "b", "c", "d", "e", "f"]),
    st.sampled_from(["Rat beschließt „Punkt 1“", "Rat beschließt „Punkt 2“", "Brücke gesperrt", "Newsletter"]),
    st.integers(0, 2),
    st.sampled_from(["<p>Eins.</p>", "<p>Zwei.</p>"]),
)
DOCUMENTS = st.lists(st.lists(ITEMS, max_size=6, unique_by=lambda told: told[0]), min_size=2, max_size=5)


@given(DOCUMENTS)
def test_to_name_what_is_unchanged_is_to_tell_it(documents: list[list[tuple[str, str, int, str]]]) -> None:
    """Whatever a source does to ids, titles, dates and texts: the database is as if all were told each time."""
    found = []
    for tells_all in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "aggregator.db"
            with closing(open_store(path, create=True)) as store:
                store.register([source("alpha", 0)])
                store.begin_run(NOW)
                recorded = [
                    record(store, *(item(a, b, c, summary=d) for a, b, c, d in told), tells_all=tells_all)
                    for told in documents
                ]
            with closing(sqlite3.connect(path)) as connection:
                tables = [
                    list(connection.execute(f"SELECT * FROM {name}")) for name in ("sources", "entries", "revisions")
                ]
                found.append((recorded, tables))
    assert found[0] == found[1]
