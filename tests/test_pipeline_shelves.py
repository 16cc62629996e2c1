"""Promises of pipeline/shelves.py: in what batches a filing takes its entries decides nothing but what is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aggregator import links, stories
from aggregator.model import (
    Channel,
    Entry,
    Overrule,
    Overrules,
    SourceState,
)
from aggregator.pipeline.conclude import Filer, find_anew
from aggregator.pipeline.shelves import Shelves
from aggregator.store import Store
from aggregator.store.observed import Observed
from tests.entries import NOW, entry
from tests.test_pipeline_rematch import NONE, OWN_SITE, SOURCES, memory, site_config

FIRST = datetime(2025, 7, 1, 10, tzinfo=UTC)
DAY = date(2025, 7, 1)
TITLES = (
    "Rat beschließt Digitalstrategie",
    "Köln: Rat beschließt Digitalstrategie",
    "Rat beschließt die Digitalstrategie einstimmig",
    "Brücke über die Mulde wird gesperrt",
    "Brücke über die Mulde: Sperrung ab Montag",
    "Stadtwerke Görlitz erhöhen die Preise für Fernwärme deutlich",
    "Stadtwerke Görlitz erhöhen die Preise für Fernwärme kaum",
    "Newsletter",
)
Told = tuple[str, int, str]
"""A title, its day (-1 for none), and the page that it links to."""
TOLD = st.tuples(st.sampled_from(TITLES), st.integers(-1, 3), st.sampled_from(["a", "b", "c"]))
PULLS = st.lists(
    st.dictionaries(st.sampled_from([source.id for source in SOURCES]), st.lists(TOLD, max_size=9)), max_size=3
)
SOME = st.lists(st.sampled_from(TITLES), min_size=2, max_size=2, unique=True).map(tuple)
RULES = st.builds(
    lambda same, different: Overrules(
        same=tuple(Overrule(names=names, place="same") for names in same),
        different=tuple(Overrule(names=names, place="different") for names in different),
    ),
    st.lists(SOME, max_size=1),
    st.lists(SOME, max_size=1),
)


def pull(store: Store, found: dict[str, list[Told]]) -> None:
    run = store.begin_run(NOW)
    for source, told in found.items():
        store.record(
            source,
            lambda _, source=source: SourceState(source=source),  # type: ignore[misc]
            run=run,
            entries=[
                Observed.of(one, visible="v", day=one.published and one.published.date()) for one in _entries(run, told)
            ],
            channel=Channel(),
            first_seen=NOW,
            now=NOW,
        )


def _entries(run: int, told: Iterable[Told]) -> Iterator[Entry]:
    for place, (title, day, page) in enumerate(told):
        published = FIRST + timedelta(days=day) if day >= 0 else None
        yield entry(title, id=f"{run}-{place}", link=f"https://x.example/{page}", published=published)


def file(store: Store, size: int, rules: Overrules = NONE) -> None:
    """File what is pending in batches."""
    filer = Filer(site_config(rules), 1, NOW)
    with store.filing() as filing:
        for batch in filing.pending(size):
            filer.file(filing, batch)
        if filer.has_named:
            find_anew(filing, filer)


def filed(store: Store) -> dict[tuple[str, str], tuple[str, str]]:
    """Give the story of each entry, and why it is there."""
    with store.filing() as filing:
        return {
            (one.candidate.source, one.candidate.entry): (one.placement.story, one.placement.reason)
            for one in filing.filed(0, 1000)
        }


@given(pulls=PULLS, size=st.integers(1, 5), rules=RULES)
def test_batches_decide_nothing(pulls: list[dict[str, list[Told]]], size: int, rules: Overrules) -> None:
    """Filed one by one, by the handful or all at once, entries make the same stories for the same reasons."""
    found = []
    for batch in (size, 1000):
        with memory() as it:
            for told in pulls:
                pull(it.store, told)
                file(it.store, batch, rules)
            found.append(filed(it.store))
    assert found[0] == found[1]


def candidate(title: str, day: date | None = DAY) -> stories.Candidate:
    link = links.canonical("https://x.example/a")
    return stories.Candidate(source="amt", entry=title, title=stories.read_title(title), day=day, link=link, run=1)


def test_the_stories_of_a_day_are_read_once() -> None:
    """A further batch of the same days finds its places on the same shelf; one of another day on a new one."""
    rulings = stories.Rulings.of(NONE)
    with memory() as it:
        pull(it.store, {"amt": [(TITLES[0], 0, "a"), (TITLES[3], 1, "b"), (TITLES[5], -1, "a")]})
        file(it.store, 1000)
        with it.store.filing() as filing:
            shelves = Shelves(OWN_SITE.id, rulings)
            both = shelves.of(filing, [candidate(TITLES[0]), candidate(TITLES[3], DAY + timedelta(days=1))])
            assert shelves.of(filing, [candidate(TITLES[1])]) is both
            # What has no date may be the same story.
            more = shelves.of(filing, [candidate(TITLES[5])])
            assert more is not both
            assert more.place(candidate(TITLES[5]), DAY).reason.startswith("same title and link")
            assert shelves.of(filing, [candidate(TITLES[5])]) is more
            assert shelves.of(filing, [candidate(TITLES[5], None)]) is not more
            other = shelves.of(filing, [candidate(TITLES[3], DAY + timedelta(days=1))])
            assert other.place(candidate(TITLES[3], DAY + timedelta(days=1)), DAY).reason.startswith("same date")
            shelves.forget()
            assert shelves.of(filing, [candidate(TITLES[3], DAY + timedelta(days=1))]) is not other
