"""Promises of aggregator/plan.py."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import (
    Config,
    Example,
    FetchPolicy,
    Format,
    Output,
    Overrule,
    Overrules,
    Selectors,
    Site,
    Source,
    SourceKind,
    Take,
    Topic,
)
from aggregator.plan import Change, Changes, Judged, Moved, Plan, Said, compare, renamed_sources

pytestmark = pytest.mark.usefixtures("pure")

SITE = Site(
    title="Digitale Kommune – „Prüfstand“",
    id="tag:news.example.org,2026:pruefstand",
    url="https://news.example.org/",
    language="de",
    timezone=ZoneInfo("Europe/Berlin"),
)
DAY = datetime(2025, 7, 15, 10, tzinfo=UTC)


def source(name: str, **more: object) -> Source:
    """Make a source; its address is made from its id unless it is told."""
    told = {"address": f"https://{name}.example/feed", "target": "https://gefüllt.example/", **more}
    return Source(**{"id": name, "rank": 0, "kind": SourceKind.FEED, "local": False, **told})  # type: ignore[arg-type]


def config(**more: object) -> Config:
    """Make a feeds.yaml."""
    told: dict[str, object] = {"folder": "/srv", "site": SITE, "fetch": FetchPolicy(), "sources": (), "topics": ()}
    return Config(**{**told, "outputs": (), **more})  # type: ignore[arg-type]


def planned(before: Config, after: Config, *judged: Judged) -> Plan:
    """Compare two, the first of them as the database remembers it."""
    return compare(Said.read(Said.by(before).json), after, judged)


def judged(title: str, before: dict[str, str], after: dict[str, str], days: int = 0) -> Judged:
    """Make a story that is in topics by terms, some days older than the 15th of July."""
    return Judged(title=title, date=DAY - timedelta(days=days), link=None, before=before, after=after)


FULL = config(
    fetch=FetchPolicy(allow=("10.0.0.0/8",), proxy="http://ich:geheim@proxy.example:3128", ca_bundle="/srv/ca.pem"),
    sources=(
        source(
            "amt",
            address="https://amt.example/${SCHLÜSSEL}",
            every=timedelta(hours=2),
            captured=date(2025, 7, 17),
            select=Selectors(item="article", title="h3"),
            only=("ozg",),
            user="geheim",
            password="geheim",
            headers=(("X-Key", "geheim"),),
        ),
    ),
    topics=(
        Topic(
            id="ozg",
            title="OZG",
            any=("OZG",),
            with_=(("EfA", ("Leistung",)),),
            examples=(Example(text="OZG", member=True, place="feeds.yaml:9:3"),),
        ),
    ),
    outputs=(Output(slug="woche", title="Woche", topics=("ozg",), formats=(Format.ATOM,)),),
    overrules=Overrules(same=(Overrule(names=("Übung", "Große Übung"), place="feeds.yaml:30:3"),)),
    keep=timedelta(days=730),
)


def test_the_same_feeds_yaml_changes_nothing() -> None:
    """What is remembered of a feeds.yaml and compared with itself differs in nothing, lists and durations included."""
    plan = planned(FULL, FULL)
    assert not plan
    assert plan == Plan(is_first=False, topics=(), sources=Changes(), outputs=Changes(), settings=Changes())


def test_no_secret_is_remembered() -> None:
    """Neither user, password, header nor what fills a variable is remembered; a proxy is, without its user."""
    told = Said.by(FULL).json
    assert "geheim" not in told
    assert "gefüllt" not in told
    assert "${SCHLÜSSEL}" in told
    assert '"http://proxy.example:3128"' in told


def test_places_and_folders_do_not_count() -> None:
    """That a line moved, an example changed, or feeds.yaml lies in another folder is no change."""
    moved = config(
        folder="/opt",
        fetch=FetchPolicy(allow=FULL.fetch.allow, proxy=FULL.fetch.proxy, ca_bundle="/opt/ca.pem"),
        sources=FULL.sources,
        topics=tuple(Topic(id=topic.id, title=topic.title, any=topic.any, with_=topic.with_) for topic in FULL.topics),
        outputs=FULL.outputs,
        overrules=Overrules(same=(Overrule(names=("Übung", "Große Übung"), place="feeds.yaml:99:3"),)),
        keep=FULL.keep,
    )
    assert not planned(FULL, moved)


def test_the_first_feeds_yaml_is_all_new() -> None:
    """Where nothing was applied before, all that feeds.yaml says comes, and the plan says that it is the first."""
    plan = compare(None, FULL, ())
    assert plan.is_first
    assert [topic.id for topic in plan.topics] == ["ozg"]
    assert (plan.sources, plan.outputs) == (Changes(added=("amt",)), Changes(added=("woche",)))
    assert plan.settings.added == ("site", "fetch", "keep", "same", "different", "hide")


def test_what_comes_goes_and_changes() -> None:
    """Of sources, outputs and settings is told what comes and goes, and of what changes only what differs."""
    before = config(
        sources=(source("amt"), source("blatt")),
        outputs=(Output(slug="woche", title="Woche"), Output(slug="alt", title="Alt")),
    )
    after = config(
        site=Site(title="Neu", id=SITE.id, url=SITE.url, language="de", timezone=SITE.timezone),
        sources=(source("neu"), source("blatt", take=Take.MATCHED)),
        outputs=(Output(slug="woche", title="Woche", limit=50),),
        overrules=Overrules(hide=(Overrule(names=("Übung",), place="feeds.yaml:3:1"),)),
    )
    plan = planned(before, after)
    changed = Change(id="blatt", before={"take": "all"}, after={"take": "matched"})
    assert plan.sources == Changes(added=("neu",), removed=("amt",), changed=(changed,))
    changed = Change(id="woche", before={"limit": 100}, after={"limit": 50})
    assert plan.outputs == Changes(removed=("alt",), changed=(changed,))
    title = Change(id="site", before={"title": SITE.title}, after={"title": "Neu"})
    assert plan.settings == Changes(
        changed=(title, Change(id="hide", before={"hide": []}, after={"hide": [["Übung"]]}))
    )


def test_what_is_renamed_is_the_same() -> None:
    """A source with another id over its address, and an output with a slug in `formerly`, change: they do not come."""
    before = config(sources=(source("amt"),), outputs=(Output(slug="woche", title="Woche"),))
    after = config(
        sources=(source("rathaus", address="https://amt.example/feed"),),
        outputs=(Output(slug="sieben-tage", title="Woche", formerly=("woche",)),),
    )
    plan = planned(before, after)
    assert plan.sources == Changes(changed=(Change(id="rathaus", before={"id": "amt"}, after={"id": "rathaus"}),))
    (change,) = plan.outputs.changed
    assert (change.before["id"], change.after["id"]) == ("woche", "sieben-tage")
    assert renamed_sources(Said.by(before), after) == {"amt": "rathaus"}


def test_a_former_name_that_is_long_past_changes_nothing() -> None:
    """`formerly` may stand there for years after the output was renamed."""
    after = config(outputs=(Output(slug="sieben-tage", title="Woche", formerly=("woche",)),))
    assert not planned(after, after)


def test_topics_gain_and_lose() -> None:
    """Of each topic is told what it gains and loses, the newest first, with the term, in the order of feeds.yaml."""
    topics = (Topic(id="ozg", title="OZG", any=("OZG",)), Topic(id="ki", title="KI", any=("KI",)))
    plan = planned(
        config(topics=topics),
        config(topics=(*topics[:1], Topic(id="ki", title="KI", any=("KI", "Sprachmodell*")))),
        judged("Älter", {}, {"ki": "Sprachmodell*"}, days=3),
        judged("Neuer", {"ozg": "OZG"}, {"ki": "Sprachmodell*"}),
        judged("Bleibt", {"ki": "KI"}, {"ki": "Sprachmodell*"}),
    )
    ozg, ki = plan.topics
    assert (ozg.id, ki.id) == ("ozg", "ki")
    assert ozg.lost == (Moved(title="Neuer", date=DAY, link=None, term="OZG"),)
    assert [(moved.title, moved.term) for moved in ki.gained] == [
        ("Neuer", "Sprachmodell*"), ("Älter", "Sprachmodell*"),
    ]  # fmt: skip
    assert (ozg.gained, ki.lost) == ((), ())


def test_other_rules_are_told_even_where_no_story_moves() -> None:
    """A topic that comes, goes or has other terms is named though it gains and loses nothing."""
    ozg, ki, nis = (Topic(id=name, title=name, any=(name,)) for name in ("ozg", "ki", "nis"))
    other = Topic(id="ki", title="ki", any=("ki",), none=("Kita",))
    plan = planned(config(topics=(ozg, ki)), config(topics=(nis, other)))
    assert [(topic.id, topic.gained, topic.lost) for topic in plan.topics] == [
        ("nis", (), ()), ("ki", (), ()), ("ozg", (), ()),
    ]  # fmt: skip


def test_another_versions_facts_do_not_count() -> None:
    """A section or key that only one version of the program knows is no change."""
    told = json.loads(Said.by(FULL).json)
    told["plugins"] = {"x": {}}
    told["sources"]["amt"]["colour"] = "rot"
    del told["outputs"]["woche"]["days"]
    assert not compare(Said.read(json.dumps(told)), FULL, ())


def test_an_unknown_kind_of_value_is_a_fault() -> None:
    """A value that has no plain form is not remembered as something else."""
    with pytest.raises(TypeError, match="bytes has no plain form"):
        Said.by(config(topics=(Topic(id="ozg", title=b"OZG"),)))  # type: ignore[arg-type]


NAMES = st.sampled_from(["amt", "blatt", "wire", "land"])
SITES = st.dictionaries(NAMES, st.tuples(NAMES, st.sampled_from(list(Take))), max_size=4).map(
    lambda told: config(
        sources=tuple(
            source(name, address=f"https://{address}.example/", take=take) for name, (address, take) in told.items()
        )
    )
)


@given(before=SITES, after=SITES)
def test_every_difference_is_told_once(before: Config, after: Config) -> None:
    """Whatever two feeds.yaml say, a plan is empty just where they are equal, and names no source twice."""
    plan = planned(before, after)
    named = [*plan.sources.added, *plan.sources.removed, *(change.id for change in plan.sources.changed)]
    assert len(named) == len(set(named))
    assert bool(plan) is (Said.by(before) != Said.by(after))
