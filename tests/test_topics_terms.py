"""Promises of aggregator/topics/terms.py and aggregator/topics/lookup.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Topic
from aggregator.text import fold, fold_word
from aggregator.topics import Matcher, Texts
from aggregator.topics.terms import read_phrase, read_term, spelling, stem

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
        ("smart city*", "Die Smartcityapp „Citykey“", "Smartcityapp"),
        ("onlinezugangsgesetz", "des Onlinezugangsgesetzes", "Onlinezugangsgesetzes"),
        ("onlinezugangsgesetz*", "Onlinezugangsgesetzänderung", "Onlinezugangsgesetzänderung"),
        ("online zugangs gesetz*", "Das Online-Zugangsgesetz", "Online-Zugangsgesetz"),
        ("online zugangs gesetz*", "Onlinezugangs-Gesetz", "Onlinezugangs-Gesetz"),
        ("dashboard digitale verwaltung", "des Dashboards Digitale Verwaltung", "Dashboards Digitale Verwaltung"),
        ("Städtetag", "beim STAEDTETAG", "STAEDTETAG"),
        ("Strassenbahn", "Straßenbahnen", "Straßenbahnen"),
        ("efa leistung", "Die EfA-Leistungen kommen", "EfA-Leistungen"),
        ("cyber*", "Cyberangriff", "Cyberangriff"),
        ("smart reg*", "Smart Regions", "Smart Regions"),
        ("*gesetz", "Die Zugangsgesetze", "Zugangsgesetze"),
        ("*netz ausbau", "Glasfasernetzausbau", "Glasfasernetzausbau"),
        ("*GmbH", "Die gGmbH", "gGmbH"),
        ("smart* cit*", "Smarter Cities", "Smarter Cities"),
        ("*daten platt*", "Geodaten-Plattform", "Geodaten-Plattform"),
        ("Verwaltung", "Ver\u00adwaltung", "Verwaltung"),
        ("smarte stadt", "In smarter Stadt", "smarter Stadt"),
        ("urbane digitale zwilling", "des urbanen digitalen Zwillings", "urbanen digitalen Zwillings"),
        ("~stadt", "Die Städte", "Städte"),
        ("~haus bau", "Häuser-Bau", "Häuser-Bau"),
        ("OZG", "Die OZG-Umsetzung", "OZG"),
        ("OZG*", "OZG2.0", "OZG2"),
        ("OZG 2.0", "Das OZG2.0 gilt", "OZG2.0"),
        ("EfA", "Das EfA-Prinzip", "EfA"),
        ("NIS-2", "NIS2-Richtlinie", "NIS2"),
        ("NIS-2", "NIS 2", "NIS 2"),
        ("5G", "Ein 5G-Netz", "5G"),
        ("ÖPNV", "Der OEPNV fährt", "OEPNV"),
        ("NEGZ: Smart City", "NEGZ: Smart City und E-Government", "NEGZ: Smart City"),
        ("Open Data & Open Source", "Open Data & Open Source", "Open Data & Open Source"),
        ("24/7", "24/7 offen", "24/7"),
        ("stadt und land in der region", "Stadt-und-Land in der Region", "Stadt-und-Land in der Region"),
        ("/(?i)smart.{0,9}city/", "Smart und City", "Smart und City"),
    ],
)  # fmt: skip
def test_a_term_takes_what_a_german_reader_expects(term: str, told: str, expected: str) -> None:
    """Case, hyphens, common endings and umlaut spelling do not matter; the words found are shown as they stand."""
    assert words_found(term, told) == [expected]


@pytest.mark.parametrize(
    ("term", "told"),
    [
        ("ki", "Kita in Kiel"),
        ("efa", "Gefahr am Deich"),
        ("EfA", "Die EFA und die Efa und efa"),
        ("eID", "Der Eid"),
        ("KI", "ki"),
        ("OZG", "OZG2.0"),
        ("OZG", "OZGs"),
        ("OZG*", "ozgon"),
        ("OZG", "Dozgan wird Trainer"),
        ("smart city", "Das ist smart. City-Marketing lohnt"),
        ("smart city", "Smart Home in der City"),
        ("smart city", "Manchester City"),
        ("smart city", "eine Smart"),
        ("cyber*", "Recyberung"),
        ("kritis", "Der DV kritisiert"),
        ("städte", "Ein Städter"),
        ("24/7", "247 Menschen"),
        ("urbane digitale zwilling", "ein urbaner, digitaler Zwilling"),
        ("~stadt", "statt"),
        ("smart* city", "smartcity"),
        ("/smart/", "Smart"),
    ],
)
def test_a_term_takes_nothing_else(term: str, told: str) -> None:
    """Nothing matches inside another word or over the end of a sentence, and capitals count where they are meant."""
    assert words_found(term, told) == []


@pytest.mark.parametrize(
    ("term", "message"),
    [
        ("–", "at least one letter or digit"),
        ("title:", "at least one letter or digit"),
        ("a*b", "only directly before or behind"),
        ("smart *", "only directly before or behind"),
        ("*stadt*", "one sign at a word"),
        ("~stadt*", "one sign at a word"),
        ("//", "takes every text"),
        ("/(?=a)/", "RE2 cannot read, /\\(\\?=a\\)/: invalid perl operator"),
        (r"/(a)\1/", "no back references"),
        ("/a{1000}{1000}/", "RE2 cannot read"),
    ],
)
def test_a_term_that_cannot_be_meant_is_refused(term: str, message: str) -> None:
    """What is no term says what is wrong with it, and so does an expression that could run away."""
    with pytest.raises(ValueError, match=message):
        read_term(term)


@pytest.mark.parametrize("term", ["title:stadt", "/stadt/"])
def test_only_words_can_be_cut_out(term: str) -> None:
    """What is cut out of texts is words; a field or an expression is refused."""
    with pytest.raises(ValueError, match="words and phrases"):
        read_phrase(term)


def test_a_runaway_expression_takes_no_time() -> None:
    """An expression that other engines never finish is done at once."""
    assert words_found("/(a+)+$/", "a" * 50_000 + "!") == []


def test_a_word_that_is_none_is_not_stemmed() -> None:
    """A stem is sought of words only; a very long one is its own."""
    assert (stem("staedte"), stem("x" * 65 + "en")) == ("stadt", "x" * 65 + "en")


def test_memory_is_bounded() -> None:
    """More different words than are remembered are still all found."""
    matcher = Matcher([Topic(id="thema", title="Thema", any=("OZG",))])
    told = " ".join(f"wort{number}" for number in range(100_500))
    assert [match.words for match in matcher.match(Texts(text=f"{told} {'x' * 70} OZG"))] == ["OZG"]


@given(st.text())
def test_folding_is_idempotent(told: str) -> None:
    """To fold or to spell twice changes nothing."""
    assert fold(fold(told)) == fold(told)
    assert fold_word(fold_word(told)) == fold_word(told)
    assert spelling(spelling(told)) == spelling(told)
