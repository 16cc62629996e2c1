"""Promises of aggregator/topics/__init__.py."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import config
from aggregator.model import Topic, TopicMatch
from aggregator.topics import Copy, Matcher, Texts
from bench.topics import WORDS, found_by_expressions
from tests.conftest import REPOSITORY

STORY = "0d9b2f6e-5f3c-5a53-9b0e-6a2f0c2f8a11"


def topic(*terms: str, **keys: tuple[object, ...]) -> Topic:
    """Make a topic of its `any` terms and its other keys."""
    return Topic(id="thema", title="Thema", any=terms, **keys)  # type: ignore[arg-type]


def found(rule: Topic, told: str = "", **texts: object) -> list[str]:
    """Give the words of one text that put it into a topic."""
    return [match.words for match in Matcher([rule]).match(Texts(**({"title": told} | texts)))]  # type: ignore[arg-type]


def why_not(rule: Topic, told: str = "", **texts: object) -> str | None:
    """Say why a text is not in a topic."""
    (verdict,) = Matcher([rule]).explain(Texts(title=told, **texts))  # type: ignore[arg-type]
    return verdict.why_not


def copy(title: str, *, link: str = "", **more: object) -> Copy:
    """Make an entry of a story."""
    return Copy(texts=Texts(title=title, link=link, source=("Gemeindeblatt Süd", "sued")), **more)  # type: ignore[arg-type]


@pytest.mark.usefixtures("pure")
class TestMatching:
    """What is found in one entry."""

    def test_a_match_says_why(self) -> None:
        """Each term is told once, at its first place, with its field; topics come in their order."""
        matcher = Matcher(
            [
                Topic(id="smart-city", title="Smart City", any=("smart city", "urbane datenplattform")),
                Topic(id="ozg", title="OZG", any=("OZG",)),
            ]
        )
        texts = Texts(title="OZG und Smart City", summary="Smart City: urbane Datenplattform", text="Smart City")
        assert matcher.match(texts) == (
            TopicMatch(topic="smart-city", term="smart city", field="title", words="Smart City"),
            TopicMatch(
                topic="smart-city", term="urbane datenplattform", field="summary", words="urbane Datenplattform"
            ),
            TopicMatch(topic="ozg", term="OZG", field="title", words="OZG"),
        )

    @pytest.mark.parametrize(
        ("term", "texts", "expected"),
        [
            ("title:ozg", {"summary": "OZG"}, []),
            ("title:ozg", {"title": "OZG"}, ["OZG"]),
            ("summary:ozg", {"summary": "OZG"}, ["OZG"]),
            ("text:ozg", {"text": "OZG"}, ["OZG"]),
            ("category:stellenanzeige", {"category": ("Rat", "Stellenanzeigen")}, ["Stellenanzeigen"]),
            ("stellenanzeige", {"category": ("Stellenanzeige",)}, []),
            ("source:gemeindeblatt", {"source": ("Gemeindeblatt Süd", "sued")}, ["Gemeindeblatt"]),
            ("link:kommune.example/ozg", {"link": "https://kommune.example/ozg-leistung"}, ["kommune.example/ozg"]),
            ("kommune", {"link": "https://kommune.example/"}, []),
            ("link:/example.(de|org)/", {"link": "https://example.org/"}, ["example.org"]),
            ("/[Öö]PNV-\\d+/", {"text": "Der ÖPNV-2030-Plan"}, ["ÖPNV-2030"]),
            ("/[Öö]PNV/", {"text": "kaputt \ud800 und ÖPNV"}, ["ÖPNV"]),
        ],
    )
    def test_a_term_is_looked_for_in_its_field(self, term: str, texts: dict[str, str], expected: list[str]) -> None:
        """A field before a term binds it; without one title, summary and text are searched, and nothing else."""
        assert found(topic(term), **texts) == expected

    def test_all_must_stand_there_and_one_of_any(self) -> None:
        """`all` is met only by all of its terms; then one of `any` suffices, and where there is none, `all` alone."""
        rule = topic("Rat", "Ausschuss", all=("OZG", "stadt"))
        assert found(rule, "Der Rat der Stadt zum OZG") == ["Rat", "Stadt", "OZG"]
        assert why_not(rule, "Der Rat zum OZG") == "`all` is not met: `stadt` does not stand there"
        assert why_not(rule, "Die Stadt und das OZG") == (
            "`all` is met, but none of the terms of `any` and `with` stands there"
        )
        assert found(topic(all=("OZG", "stadt")), "Die Stadt und das OZG") == ["Stadt", "OZG"]

    def test_a_term_of_with_counts_only_beside_its_own(self) -> None:
        """`with` takes a term only where one of its own stands in any field of the same entry."""
        rule = topic(with_=(("OZG", ("Leistung", "digital*")),))
        assert found(rule, "OZG-Leistungen") == ["OZG"]
        assert found(rule, "Das OZG", summary="Alles digitalisiert") == ["OZG"]
        assert why_not(rule, "OZG gewinnt den Pokal") == (
            "`OZG` stands in the title („OZG“), but none of `Leistung`, `digital*` stands beside it"
        )

    def test_none_keeps_out_whatever_else_is_there(self) -> None:
        """Where a term of `none` stands, nothing else counts, and it is said."""
        rule = topic("OZG", none=("category:Stellenanzeige",))
        assert why_not(rule, "OZG", category=("Stellenanzeigen",)) == (
            "`none` keeps it out: `category:Stellenanzeige` stands in the category („Stellenanzeigen“)"
        )
        assert found(rule, "OZG: eine Stellenanzeige") == ["OZG"]

    @pytest.mark.parametrize(
        ("told", "expected"),
        [
            ("Digitale Stadt Düsseldorf lädt ein", []),
            ("Die Digitale-Stadt-Düsseldorf lädt ein", []),
            ("Digitale Stadt Düsseldorf wird digitale Stadt", ["digitale Stadt"]),
            ("Die digitale Stadt", ["digitale Stadt"]),
        ],
    )
    def test_what_is_ignored_is_cut_out_first(self, told: str, expected: list[str]) -> None:
        """A hit within an ignored phrase does not count; another hit beside it does. So it is for expressions."""
        for term in ("digitale stadt", "/[Dd]igitale Stadt/"):
            assert found(topic(term, ignore=("Digitale Stadt Düsseldorf",)), told) == expected

    def test_ignoring_is_each_topics_own_and_is_told(self) -> None:
        """What one topic ignores counts for another; and the reason why nothing matched is told."""
        ignoring = topic("stadt", ignore=("Stadt Düsseldorf",))
        assert found(topic("stadt"), "Stadt Düsseldorf") == ["Stadt"]
        both = Matcher([ignoring, Topic(id="b", title="b", any=("stadt",))])
        assert [match.topic for match in both.match(Texts(title="Stadt Düsseldorf"))] == ["b"]
        assert why_not(ignoring, "Stadt Düsseldorf") == "`stadt` stands only in what `ignore` cuts out („Stadt“)"

    def test_boilerplate_does_not_count(self) -> None:
        """What most items of the source repeat is passed over; the same words elsewhere count."""
        passage = ("erschien zuerst auf smart city blog",)
        footer = "Der Beitrag erschien zuerst auf Smart City Blog."
        for term in ("smart city", "/Smart.City/"):
            assert found(topic(term), text=footer, boilerplate=passage) == []
            assert found(topic(term), text=f"Smart City! {footer}", boilerplate=passage) == ["Smart City"]
        assert why_not(topic("smart city"), text=footer, boilerplate=passage) == (
            "`smart city` stands only in what most items of its source repeat („Smart City“)"
        )

    def test_hostile_text_costs_no_more_than_its_length(self) -> None:
        """Half a million hits that are all ignored are passed over in a moment."""
        rule = topic("digitale stadt", ignore=("Digitale Stadt Düsseldorf",))
        assert found(rule, text="Digitale Stadt Düsseldorf " * 20_000) == []


@pytest.mark.usefixtures("pure")
class TestStories:
    """What follows for a story from its entries and from feeds.yaml."""

    def judge(self, rule: Topic, *copies: Copy, story: str = STORY) -> tuple[list[str], str | None]:
        """Give the words that put a story into a topic, and why it is not in it."""
        (verdict,) = Matcher([rule]).judge(copies, story)
        return [match.words for match in verdict.matches], verdict.why_not

    def test_one_entry_suffices_and_one_can_keep_out(self) -> None:
        """A story is in where one of its entries is, each term told once; `none` in any of them keeps it out."""
        rule = topic("OZG", "stadt", none=("Anzeige",))
        assert self.judge(rule, copy("Ein Rat"), copy("Das OZG"), copy("OZG in der Stadt")) == (["OZG", "Stadt"], None)
        words, reason = self.judge(rule, copy("Das OZG"), copy("Anzeige: das OZG"))
        assert (words, "`none` keeps it out" in (reason or "")) == ([], True)

    def test_the_most_telling_reason_is_told(self) -> None:
        """Of several entries that are not in, one whose reason says more than that nothing was found is heard."""
        rule = topic(with_=(("OZG", ("Leistung",)),))
        _, reason = self.judge(rule, copy("Ein Rat"), copy("Das OZG"), copy("Ein Rat"))
        assert "but none of `Leistung`" in (reason or "")
        assert self.judge(rule, copy("Ein Rat"))[1] == "none of its terms stands there"

    @pytest.mark.parametrize(
        "name",
        ["Gefahr am Deich – „heute“", "gefahr am deich heute", "https://kommune.example/deich?utm_source=x", STORY,
         f"urn:uuid:{STORY}", "entry-7"],
    )  # fmt: skip
    def test_a_story_is_named_by_title_link_or_id(self, name: str) -> None:
        """`include` takes a story that no term takes, `exclude` puts out one that a term takes."""
        entry = copy("Gefahr am Deich – „heute“", link="http://kommune.example/deich", id="entry-7")
        assert self.judge(topic("OZG", include=(name,)), entry) == ([name], None)
        assert self.judge(topic("Deich", exclude=(name,)), entry) == ([], f"`exclude` names it: {name}")
        assert self.judge(topic("Deich", include=("Ein anderer",), exclude=("Noch einer",)), entry) == (["Deich"], None)

    def test_a_source_is_bound_to_topics(self) -> None:
        """All of a source is in its `topics`; of what matches, only what it has in `only` counts."""
        assert self.judge(topic("OZG"), copy("Ein Rat", topics=("thema",))) == (["Gemeindeblatt Süd"], None)
        assert self.judge(topic("OZG"), copy("Das OZG", only=("thema",))) == (["OZG"], None)
        assert self.judge(topic("OZG"), copy("Das OZG", only=("anderes",))) == (
            [],
            "`only` of its source does not name it, but anderes",
        )
        assert self.judge(topic("OZG"), copy("Das OZG", only=("anderes",)), copy("OZG")) == (["OZG"], None)


def told_of(words: list[str], between: list[str]) -> str:
    """Write words with what stands between them."""
    return "".join(word + gap for word, gap in zip(words, between, strict=False))


_WORDS = st.sampled_from([*WORDS, "smarte", "smarter", "SmartCity", "Städten", "nis", "2", "ozg", "Efa", "Kita", "a"])
_TERMS = st.builds(
    lambda words, before, behind: before + " ".join(words) + behind,
    st.lists(_WORDS, min_size=1, max_size=5),
    st.sampled_from(["", "", "*"]),
    st.sampled_from(["", "", "*"]),
).filter(lambda term: " " in term or term.count("*") < 2)
_GAPS = st.lists(st.sampled_from([" ", "-", "/", "", ". ", " – ", "en ", "er-", "s/"]), min_size=12, max_size=12)


@given(st.lists(_TERMS, min_size=1, max_size=5), st.lists(_WORDS, max_size=12), _GAPS)
def test_matching_equals_a_slow_reference(terms: list[str], words: list[str], gaps: list[str]) -> None:
    """The lookup takes exactly the texts that one plain regular expression for each topic takes."""
    topics = [Topic(id=str(number), title="Thema", any=(term,)) for number, term in enumerate(terms)]
    texts = Texts(title=told_of(words, gaps))
    assert [{match.topic for match in Matcher(topics).match(texts)}] == found_by_expressions(topics, [texts])


@given(
    st.lists(_TERMS, max_size=3),
    st.lists(_TERMS, max_size=2),
    st.lists(_TERMS, max_size=2),
    st.lists(_WORDS, max_size=9),
)
def test_rules_are_what_their_terms_are(
    wanted: list[str], needed: list[str], barred: list[str], words: list[str]
) -> None:
    """A rule of `any`, `all` and `none` holds exactly where its terms, each by itself, say so."""
    told = " ".join(words)

    def stands(term: str) -> bool:
        return bool(found(topic(term), told))

    rule = topic(*wanted, all=tuple(needed), none=tuple(barred))
    expected = (
        (any(map(stands, wanted)) if wanted else bool(needed))
        and all(map(stands, needed))
        and not any(map(stands, barred))
    )
    assert (why_not(rule, told) is None) is expected


@given(st.text(), st.text(), st.text())
def test_a_rule_never_raises(term: str, other: str, told: str) -> None:
    """A term that can be read at all never fails on any text."""
    try:
        matcher = Matcher([topic(term, all=(other,))])
    except ValueError:
        matcher = Matcher([topic("OZG", "~stadt", "/a+b/")])
    texts = Texts(title=told, summary=term, text=other + told, category=(told,), link=told, boilerplate=(told,))
    assert len(matcher.explain(texts)) == 1


def test_the_shipped_topics_agree_with_an_editor() -> None:
    """Of the labelled items each topic misses at most one and takes at most one too many; the document's are right."""
    labels = Path(__file__).parents[2] / "shared" / "labels" / "topics.tsv"
    if not labels.is_file():
        pytest.skip("the shared folder with the labelled items is not there")
    matcher = Matcher(config.load(REPOSITORY / "feeds.yaml", {}).topics)
    wrong: dict[tuple[str, str], list[str]] = {}
    with labels.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t"):
            matches = {match.topic for match in matcher.match(Texts(title=row["title"], summary=row["summary"]))}
            for name, column in (("smart-city", "smart_city"), ("ozg", "ozg")):
                label = row[column] == "1"
                if row["borderline"] == "0" and label is not (name in matches):
                    assert row["source"] != "seed", row["title"]
                    wrong.setdefault((name, "missed" if label else "false"), []).append(row["title"])
    assert all(len(titles) <= 1 for titles in wrong.values()), wrong


@pytest.mark.parametrize(
    "title",
    ["Smart Home", "Smart Meter", "Manchester City", "City-Marketing", "Der Bund kritisiert die Länder", "Der Eid",
     "Kita", "Kiel", "Gefahr am Deich in der Gemeinde", "Skigebiet der Stadt", "Das ist smart. City-Marketing lohnt"],
)  # fmt: skip
def test_the_shipped_topics_leave_out_what_only_looks_alike(title: str) -> None:
    """No topic of feeds.yaml takes what only shares letters or words with its terms."""
    assert Matcher(config.load(REPOSITORY / "feeds.yaml", {}).topics).match(Texts(title=title)) == ()
