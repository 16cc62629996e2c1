"""Promises of aggregator/topics.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Topic, TopicMatch
from aggregator.topics import ENDINGS, Matcher, Texts

pytestmark = pytest.mark.usefixtures("pure")


def words_found(term: str, told: str) -> list[str]:
    """Match one term against one title."""
    matcher = Matcher([Topic(id="thema", title="Thema", any=(term,))])
    return [match.words for match in matcher.match(Texts(title=told))]


@pytest.mark.parametrize(
    ("term", "told", "expected"),
    [
        ("smart city", "Eine Smart-City-Charta für Köln", "Smart-City"),
        ("smart city", "SMART CITY KONGRESS", "SMART CITY"),
        ("smart city", "Die SmartCity wächst", "SmartCity"),
        ("smart city", "Start für Smart\u00a0City Süd", "Smart\u00a0City"),
        ("smart city", "Smart\u2011City\u2011Team", "Smart\u2011City"),
        ("smart city", "Smart/City", "Smart/City"),
        ("onlinezugangsgesetz", "des Onlinezugangsgesetzes", "Onlinezugangsgesetzes"),
        ("onlinezugangsgesetz*", "Onlinezugangsgesetzänderung", "Onlinezugangsgesetzänderung"),
        ("dashboard digitale verwaltung", "des Dashboards Digitale Verwaltung", "Dashboards Digitale Verwaltung"),
        ("Städtetag", "beim STAEDTETAG", "STAEDTETAG"),
        ("efa leistung", "Die EfA-Leistungen kommen", "EfA-Leistungen"),
        ("cyber*", "Cyberangriff", "Cyberangriff"),
        ("smart reg*", "Smart Regions", "Smart Regions"),
        ("Verwaltung", "Ver\u00adwaltung", "Verwaltung"),
    ],
)
def test_a_term_takes_what_a_german_reader_expects(term: str, told: str, expected: str) -> None:
    """Case, hyphens, common endings and umlaut spelling do not matter; the words found are shown as they stand."""
    assert words_found(term, told) == [expected]


@pytest.mark.parametrize(
    ("term", "told"),
    [
        ("ki", "Kita in Kiel"),
        ("efa", "Gefahr am Deich"),
        ("OZG", "Dozgan wird Trainer"),
        ("smart city", "Das ist smart. City-Marketing lohnt"),
        ("smart city", "Smart Home in der City"),
        ("smart city", "Manchester City"),
        ("smart city", "eine Smart"),
        ("cyber*", "Recyberung"),
        ("kritis", "Der DV kritisiert"),
    ],
)
def test_a_term_takes_nothing_else(term: str, told: str) -> None:
    """Nothing matches inside another word or over the end of a sentence."""
    assert words_found(term, told) == []


def test_a_match_says_why() -> None:
    """Each term is told once, at its first place, with its field; topics come in their order."""
    matcher = Matcher(
        [
            Topic(id="smart-city", title="Smart City", any=("smart city", "urbane datenplattform")),
            Topic(id="ozg", title="OZG", any=("ozg",)),
        ]
    )
    texts = Texts(title="OZG und Smart City", summary="Smart City: urbane Datenplattform", text="Smart City")
    assert matcher.match(texts) == (
        TopicMatch(topic="smart-city", term="smart city", field="title", words="Smart City"),
        TopicMatch(topic="smart-city", term="urbane datenplattform", field="summary", words="urbane Datenplattform"),
        TopicMatch(topic="ozg", term="ozg", field="title", words="OZG"),
    )


WORDS = st.sampled_from(
    [
        "smart",
        "city",
        "cities",
        "stadt",
        "städte",
        "efa",
        "leistung",
        "leistungen",
        "ki",
        "ozg",
        "gesetz",
        "gesetzes",
        "a",
        "ab",
        "abc",
    ]
)
TERMS = st.builds(
    lambda words, star: " ".join(words) + star, st.lists(WORDS, min_size=1, max_size=3), st.sampled_from(["", "*"])
)


def slowly(term: str, told: list[str]) -> bool:
    """Match a term the slow and obvious way, against lower-case words with blanks between."""
    fold = {"städte": "staedte"}
    wanted = [fold.get(word, word) for word in term.rstrip("*").split()]
    given_words = [fold.get(word, word) for word in told]
    prefix = term.endswith("*")

    def fits(word: str, there: str, *, last: bool) -> bool:
        rest = there[len(word) :]
        return there.startswith(word) and (rest in ENDINGS or (prefix and last))

    for spelling in (wanted, ["".join(wanted)]):
        for start in range(len(given_words) - len(spelling) + 1):
            window = given_words[start : start + len(spelling)]
            pairs = enumerate(zip(spelling, window, strict=True), start=1)
            if all(fits(word, there, last=place == len(spelling)) for place, (word, there) in pairs):
                return True
    return False


@given(st.lists(TERMS, min_size=1, max_size=6, unique=True), st.lists(WORDS, max_size=12))
def test_matching_equals_a_slow_reference(terms: list[str], told: list[str]) -> None:
    """The lookup finds exactly what comparing every term at every word finds."""
    matcher = Matcher([Topic(id="thema", title="Thema", any=tuple(terms))])
    found = {match.term for match in matcher.match(Texts(title=" ".join(told)))}
    assert found == {term for term in terms if slowly(term, told)}


@given(st.text(), st.text())
def test_a_rule_never_raises(term: str, told: str) -> None:
    """Any term and any text give matches or none."""
    assert isinstance(words_found(term + "x", told), list)
