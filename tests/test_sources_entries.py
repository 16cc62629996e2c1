"""Entries: an id each, dates judged together, foreign values bounded."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Author, Context, Entry, Precision, Trust
from aggregator.sources import dates, entries

CONTEXT = Context(url=None, timezone=ZoneInfo("Europe/Berlin"), now=datetime(2026, 7, 3, 9, tzinfo=UTC))


def draft(
    own: str = "", *, title: str | None = None, link: str | None = None, published: str = "", updated: str = ""
) -> entries.Draft:
    def told(text: str) -> dates.ToldDate | None:
        return dates.parse(text, zone=CONTEXT.timezone, now=CONTEXT.now)

    entry = Entry(id=own, id_derived=False, title=title, link=link)
    return entries.Draft(entry=entry, published=told(published), updated=told(updated))


def ids(*drafts: entries.Draft) -> list[str]:
    return [entry.id for entry in entries.complete(drafts, CONTEXT)]


def test_own_id() -> None:
    """A source's own id is kept to the byte, but for blanks around it and what XML cannot hold."""
    (entry,) = entries.complete([draft(" {0A-ß}\n\x00 ", link="https://e.example/1")], CONTEXT)
    assert (entry.id, entry.id_derived) == ("{0A-ß}", False)


def test_long_id() -> None:
    """An absurdly long id is replaced by its digest."""
    assert [len(own) for own in ids(draft("x" * 3000))] == [32]


def test_derived_id() -> None:
    """Without an id the link is one, else a digest of title and day, which no judgement of dates changes."""
    (linked,) = entries.complete([draft(link="https://e.example/1", title="Titel")], CONTEXT)
    assert (linked.id, linked.id_derived) == ("https://e.example/1", True)
    alone = ids(draft(title="Gipfel", published="2026-07-01T00:00:00+02:00"))
    beside = ids(
        draft(title="Gipfel", published="2026-07-01T00:00:00+02:00"),
        draft(title="Rat", published="2026-06-01T00:00:00+02:00"),
    )
    assert alone[0] == beside[0]
    assert len({*beside, *ids(draft(title="Gipfel", published="2026-07-02T00:00:00+02:00"))}) == 3


def test_repeated_ids() -> None:
    """Ids that repeat are told apart by link, then title and day, then number, whatever the order of the document."""
    drafts = [
        draft("1", link="https://e.example/a"),
        draft("1", link="https://e.example/b"),
        draft("2", title="Rat"),
        draft("2", title="Gipfel"),
        draft("3"),
        draft("3"),
        draft("3 2"),
        draft("4", link="https://e.example/c"),
    ]
    found = ids(*drafts)
    assert len(set(found)) == 8
    assert found[:2] == ["1 https://e.example/a", "1 https://e.example/b"]
    assert found[4:] == ["3", "3 3", "3 2", "4"]
    assert set(ids(*reversed(drafts))) == set(found)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["", "1", "1 2"]), st.sampled_from(["", "a"])), max_size=12))
def test_ids_are_unique(told: list[tuple[str, str]]) -> None:
    """No two entries of one document share an id."""
    found = ids(*(draft(own, title=title) for own, title in told))
    assert len(set(found)) == len(told)


def test_dates() -> None:
    """Dates of a document are judged together; an entry without one has none, and is not trusted for it."""
    first, second, none = entries.complete(
        [
            draft("1", published="2026-07-01T00:00:00Z", updated="2026-07-02T00:00:00Z"),
            draft("2", updated="2026-06-01T00:00:00Z"),
            draft("3"),
        ],
        CONTEXT,
    )
    assert first.published == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert first.updated == datetime(2026, 7, 2, 10, tzinfo=UTC)
    assert (first.precision, first.trust) == (Precision.DAY, Trust.DECLARED)
    assert (second.published, second.updated) == (None, datetime(2026, 6, 1, 10, tzinfo=UTC))
    assert second.trust is Trust.DECLARED
    assert (none.published, none.updated, none.trust) == (None, None, Trust.NONE)


@pytest.mark.parametrize(
    ("told", "expected"),
    [("de_DE", "de-DE"), (" de ", "de"), ("zh-Hant-TW", "zh-Hant-TW"), ("deutsch", None), ("", None), (7, None)],
)
def test_language(told: object, expected: str | None) -> None:
    """Only what is shaped like a language tag is one."""
    assert entries.language(told) == expected


@pytest.mark.parametrize(
    ("name", "email", "expected"),
    [
        ("amt@stadt.example (Grit Möller)", None, Author(name="Grit Möller", email="amt@stadt.example")),
        ("Grit Möller <amt@stadt.example>", None, Author(name="Grit Möller", email="amt@stadt.example")),
        ("amt@stadt.example", None, Author(name="amt@stadt.example", email="amt@stadt.example")),
        ("<b>Grit</b> M&ouml;ller", None, Author(name="Grit Möller")),
        ("", "amt@stadt.example", Author(name="amt@stadt.example", email="amt@stadt.example")),
        ("Grit Möller", "kein Konto", Author(name="Grit Möller")),
        ("x@127.0.10.2:8991 (Ada)", None, Author(name="Ada", email="x@127.0.10.2")),
        ("x@127.0.10.2:8991", None, Author(name="x@127.0.10.2", email="x@127.0.10.2")),
        ("a@b.de, Ada <c@d.de>", None, Author(name="Ada", email="a@b.de")),
        ("Kunst@Bau", None, Author(name="Kunst@Bau")),
        (" ", None, None),
    ],
)
def test_author(name: str, email: str | None, expected: Author | None) -> None:
    """Name and address are taken apart, in all the ways that feeds join them."""
    assert entries.author(name, email=email, base=None) == expected


def test_author_home() -> None:
    """An author's page is a link of the web or none."""
    told = entries.author("Rat", url="/rat", base="https://stadt.example/")
    assert told == Author(name="Rat", url="https://stadt.example/rat")
    assert entries.author("Rat", url="javascript:x", base=None) == Author(name="Rat")


def test_categories() -> None:
    """Categories are plain, short, each once, and not endless."""
    assert entries.categories(["K&ouml;ln", "<b>Rat</b>", "Köln", " "]) == ("Köln", "Rat")
    assert len(entries.categories(str(number) for number in range(1000))) == 100
    assert entries.categories(["x" * 300]) == ("x" * 200,)


def test_enclosures() -> None:
    """A file has an address of the web; type and length only where they are such; each address counts once."""
    told = entries.enclosure(
        "/a.mp3", "https://e.example/", media_type=" Audio/MPEG; x=y", length="12", title="Folge 1"
    )
    assert told is not None
    assert (told.url, told.type, told.length, told.title) == ("https://e.example/a.mp3", "audio/mpeg", 12, "Folge 1")
    odd = entries.enclosure("https://e.example/b", None, media_type="mp3; x", length="-1")
    assert odd is not None
    assert (odd.type, odd.length, odd.title) == (None, None, None)
    assert entries.enclosure("javascript:x", None) is None
    assert entries.each_once([told, None, odd, told]) == (told, odd)


@pytest.mark.parametrize(
    ("url", "media_type", "expected"),
    [
        ("https://e.example/b.png?x=1", None, "image/png"),
        ("https://e.example/b.SVG", "text/plain", "image/svg+xml"),
        ("https://e.example/bild", None, "image/jpeg"),
        ("https://e.example/b.png", "image/webp", "image/webp"),
    ],
)
def test_images(url: str, media_type: str | None, expected: str) -> None:
    """An image always has a type of images."""
    told = entries.image(url, None, media_type=media_type)
    assert told is not None
    assert told.type == expected


def test_no_image() -> None:
    """An image without an address is none."""
    assert entries.image("", None) is None
