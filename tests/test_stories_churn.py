"""Promises of stories/churn.py: new ids make no news, and an id that is used again hides none."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.stories import read_title
from aggregator.stories.churn import Item, churned, is_most, is_other, is_reused, strangers

pytestmark = pytest.mark.usefixtures("pure")

DAY = date(2025, 7, 15)
LATER = DAY + timedelta(days=3)


def item(name: str, title: str | None, day: date | None = DAY, link: str | None = None) -> Item:
    return Item(id=name, title=read_title(title), day=day, link=link)


def document(prefix: str, count: int = 4, day: date | None = DAY) -> list[Item]:
    """Make items whose titles differ and whose ids begin with a prefix."""
    return [item(f"{prefix}{n}", f"Rat beschließt „Punkt {n}“ der Tagesordnung", day) for n in range(count)]


def numbered(items: list[Item]) -> dict[int, Item]:
    return dict(enumerate(items, start=1))


def new_ids(now: list[Item], before: list[Item]) -> dict[int, str]:
    """Give what `churned` says of a document whose source is stored as it was before."""
    unknown = strangers(now, {one.id: one for one in before})
    return churned([one.id for one in now], unknown, numbered(before))


def test_items_under_new_ids_are_known_by_title_and_day() -> None:
    """Where all ids change, each stored entry gets the id that its title and day bear now."""
    assert new_ids(document("url-"), document("digest-")) == {1: "url-0", 2: "url-1", 3: "url-2", 4: "url-3"}


def test_half_of_a_document_is_enough() -> None:
    """Churn is when at least half of the document, and at least three items, are known under other ids."""
    fresh = [item(f"neu{n}", f"Ganz andere Meldung Nummer {n} von heute") for n in range(3)]
    assert len(new_ids([*document("b", 3), *fresh], document("a", 3))) == 3
    assert new_ids([*document("b", 3), *fresh, item("x", "Noch eine Meldung mehr")], document("a", 3)) == {}
    assert new_ids(document("b", 2), document("a", 2)) == {}


def test_news_alone_are_no_churn() -> None:
    """A document full of items that nobody has seen is news."""
    assert new_ids(document("b", day=LATER), document("a")) == {}


def test_what_is_still_there_keeps_its_id() -> None:
    """An item that the document has under its old id is not taken for another of the same title and day."""
    assert new_ids([*document("a"), *document("b")], document("a")) == {}


def test_links_tell_equal_titles_apart() -> None:
    """Items of one title and day are matched by their links; where those are equal too, not at all."""
    before = [*document("a", 3), *(item(f"a{n}", "Stellenausschreibung", link=f"stadt.example/{n}") for n in (7, 8))]
    now = [*document("b", 3), *(item(f"b{n}", "Stellenausschreibung", link=f"stadt.example/{n}") for n in (8, 7))]
    assert new_ids(now, before) == {1: "b0", 2: "b1", 3: "b2", 4: "b7", 5: "b8"}
    alike = [*document("a", 3), *(item(f"a{n}", "Stellenausschreibung", link="stadt.example") for n in (7, 8))]
    same = [*document("b", 3), *(item(f"b{n}", "Stellenausschreibung", link="stadt.example") for n in (8, 7))]
    assert new_ids(same, alike) == {1: "b0", 2: "b1", 3: "b2"}


def test_bare_titles_without_a_day_need_a_link() -> None:
    """„Newsletter“ without a date is known again by its link only, any other title by itself."""
    before = [
        *document("a", 3, day=None),
        item("a7", "Newsletter", None),
        item("a8", "Termine", None, "stadt.example/t"),
    ]
    now = [*document("b", 3, day=None), item("b7", "Newsletter", None), item("b8", "Termine", None, "stadt.example/t")]
    assert new_ids(now, before) == {1: "b0", 2: "b1", 3: "b2", 5: "b8"}


def test_ids_by_place_go_round() -> None:
    """Where an id is but the place in the document, a new item on top moves all ids, and stored entries follow."""
    days = [DAY - timedelta(days=n) for n in range(5)]
    texts = [f"Stadt Köln meldet „Thema {n}“ im Rat" for n in range(5)]
    before = [item(str(place), texts[place + 1], days[place + 1]) for place in range(4)]
    now = [item(str(place), texts[place], days[place]) for place in range(5)]
    assert new_ids(now, before) == {1: "1", 2: "2", 3: "3", 4: "4"}


@pytest.mark.parametrize(
    ("title", "day", "other", "reused"),
    [
        ("Schwimmbad öffnet wieder", LATER, True, True),
        ("Schwimmbad öffnet wieder", DAY, False, False),
        ("Schwimmbad öffnet wieder", None, False, False),
        ("Rat tagt nun doch nicht", LATER, True, False),
        ("RAT TAGT – HEUTE", LATER, False, False),
        ("Der und die im", LATER, True, False),
        (None, LATER, True, False),
    ],
)
def test_an_id_used_again(title: str | None, day: date | None, other: bool, reused: bool) -> None:
    """An id stands for something new only over another day and a title without any word of the old one."""
    holder = item("1", "Rat tagt heute")
    assert (is_other(item("1", title, day), holder), is_reused(item("1", title, day), holder)) == (other, reused)


def test_most_of_a_document() -> None:
    """Most is at least three, and at least half."""
    assert [is_most(range(some), range(of)) for some, of in ((2, 2), (3, 3), (3, 6), (3, 7))] == [
        False,
        True,
        True,
        False,
    ]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2), st.integers(0, 2)), max_size=12), st.randoms())
def test_nobody_gets_the_id_of_another(told: list[tuple[int, int, int]], dice: random.Random) -> None:
    """New ids are ids of the document, each given once, whatever the order of its items, and the same in any order."""
    titles = ["Rat tagt heute", "Neue App", "Newsletter", "", "Bad öffnet", "Termine"]
    before = [
        item(f"a{n}", titles[title], DAY + timedelta(days=day) if day else None, f"stadt.example/{link}")
        for n, (title, day, link) in enumerate(told)
    ]
    now = [item(f"b{n}", one.title.plain, one.day, one.link) for n, one in enumerate(before)]
    names = new_ids(now, before)
    assert len(set(names.values())) == len(names)
    assert all(before[number - 1].title == now[int(name[1:])].title for number, name in names.items())
    assert new_ids(dice.sample(now, len(now)), before) == names
