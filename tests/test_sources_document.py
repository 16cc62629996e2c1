"""Does the captured page come out as the items that a person reads in it?"""

from __future__ import annotations

import json
import random
import time
import unicodedata
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import SourceError
from aggregator.model import Author, Channel, Context, Precision, Reading, Trust
from aggregator.sources.document import Document, Item, ItemType, parse, read

pytestmark = pytest.mark.usefixtures("pure")

REPOSITORY = Path(__file__).parents[1]
PAGE = REPOSITORY / "data" / "kommune21-digitale-staedte.txt"
SEED = Path(__file__).parents[2] / "shared" / "seed"
CONTEXT = Context(
    url=None,
    timezone=ZoneInfo("Europe/Berlin"),
    now=datetime(2026, 3, 1, 8, tzinfo=UTC),
    captured=date(2025, 7, 17),
)
FIELDS = (
    "order", "type", "raw_title", "kicker", "headline", "title", "date", "author_mark", "body", "sections",
    "summary", "raw_summary", "source_lines",
)  # fmt: skip


@cache
def page() -> Document:
    return read(PAGE.read_text(encoding="utf-8"))


def item(order: int) -> Item:
    return page().items[order - 1]


def titled(title: str) -> Item:
    return next(item for item in page().items if item.title == title)


@cache
def expected() -> dict[str, Any]:
    if not SEED.is_dir():
        pytest.skip("the folder shared/seed is not beside this repository")
    content: dict[str, Any] = json.loads((SEED / "expected.json").read_text(encoding="utf-8"))
    return content


def told(item: Item, field: str) -> object:
    """A field as JSON would hold it."""
    value = getattr(item, field)
    if field == "sections":
        return [{"subhead": section.subhead, "text": section.text} for section in value] or None
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


# ── the shipped page, item by item and field by field ───────────────────────────────────────────────────────


@pytest.mark.parametrize("order", range(1, 17))
def test_every_field_of_every_item(order: int) -> None:
    """All 16 items have exactly the fields that were written down by hand."""
    wanted = expected()["items"][order - 1]
    assert {field: told(item(order), field) for field in FIELDS} == {field: wanted.get(field) for field in FIELDS}


def test_the_shipped_page_is_the_seed() -> None:
    """The page in data/ is the seed document, byte for byte."""
    assert PAGE.read_bytes() == (SEED / expected()["seed"]).read_bytes()


def test_the_page_is_understood_whole() -> None:
    """One article, then 15 teasers, and no line is left over."""
    kinds = [item.type for item in page().items]
    assert kinds == [ItemType.ARTICLE] + [ItemType.TEASER] * 15
    assert page().not_understood == ()
    assert [item.order for item in page().items] == list(range(1, 17))


# ── its 18 traps ────────────────────────────────────────────────────────────────────────────────────────────


def test_trap_1_kicker_and_headline_are_glued() -> None:
    """`RegionenNeue` is parted between the small letter and the capital."""
    assert item(1).raw_title == "Digitale Städte und RegionenNeue Kooperation stellt sich vor"
    assert item(1).kicker == "Digitale Städte und Regionen"
    assert item(1).headline == "Neue Kooperation stellt sich vor"
    assert item(1).title == "Digitale Städte und Regionen: Neue Kooperation stellt sich vor"


@pytest.mark.parametrize(
    ("raw", "kicker", "headline"),
    [
        ("Smart CityEine Frage der Technologie", "Smart City", "Eine Frage der Technologie"),
        ("FachverfahrenDie Digitalisierung stockt", "Fachverfahren", "Die Digitalisierung stockt"),
        ("Bürger-AppKommunale Kommunikation", "Bürger-App", "Kommunale Kommunikation"),
        ("Köln / BonnÄmter gehen online", "Köln / Bonn", "Ämter gehen online"),
        ("OpenDeskNeue Version für Behörden", "OpenDesk", "Neue Version für Behörden"),
        ("DStGB: Mehr kommunaler Einfluss", "DStGB", "Mehr kommunaler Einfluss"),
        ("eGo-MV: OpenDesk im Einsatz", "eGo-MV", "OpenDesk im Einsatz"),
        ("NEGZSmart City", None, "NEGZSmart City"),
        ("BMDSDigitalministerium nimmt Arbeit auf", None, "BMDSDigitalministerium nimmt Arbeit auf"),
        ("DStGBMehr kommunaler Einfluss", None, "DStGBMehr kommunaler Einfluss"),
        ("Vereinbarung mit eGo-MV", None, "Vereinbarung mit eGo-MV"),
        ("Behörden setzen auf OpenDesk im Alltag", None, "Behörden setzen auf OpenDesk im Alltag"),
        ("LinkedIn und GovTechCampus im Gespräch", None, "LinkedIn und GovTechCampus im Gespräch"),
        ("Neues aus KölnBonn", None, "Neues aus KölnBonn"),
    ],
)
def test_trap_2_titles_are_parted_only_where_it_is_sure(raw: str, kicker: str | None, headline: str) -> None:
    """Glue is found, but names with inner capitals are not torn, and where no letter case tells, nothing is."""
    text = f"{raw}\nViele Behörden und der DStGB nutzen OpenDesk, erklärt der Zweckverband (eGo-MV) dazu in Köln, " \
        "und zwar seit dem vergangenen Jahr. (ve)"  # fmt: skip
    (article,) = read(text).items
    assert (article.kicker, article.headline) == (kicker, headline)


def test_trap_2_the_quoted_opening_proves_a_split() -> None:
    """A kicker that the body repeats in quotes as its first words is a kicker, whatever the letters say."""
    (article,) = read("NEGZSmart City\n„NEGZ“ nennt sich ein Netzwerk. (ve)").items
    assert article.title == "NEGZ: Smart City"
    (article,) = read("Smart City in Soest\n„Smart City“ heißt das Vorhaben. (ve)").items
    assert article.kicker is None


def test_trap_3_the_article_has_no_date() -> None:
    """The article gets no day, least of all that of the teaser after it."""
    assert item(1).date is None
    assert reading().entries[0].published is None
    assert reading().entries[0].trust is Trust.NONE


def test_trap_4_an_undated_item_keeps_its_id() -> None:
    """Reading the page twice gives the same 16 ids, the undated article's too."""
    ids = [entry.id for entry in reading().entries]
    assert len(set(ids)) == 16
    later = Context(url=None, timezone=CONTEXT.timezone, now=datetime(2027, 1, 1, tzinfo=UTC))
    assert [entry.id for entry in parse(PAGE.read_bytes(), later).entries] == ids


def test_trap_5_subheads_are_no_items() -> None:
    """The three short lines inside the article are subheads of its sections."""
    assert [section.subhead for section in item(1).sections] == [
        None, "Schlüsselstellung der Kommunen", "Handlungsfelder gemeinsam betrachten", "Hilfe vom Bund",
    ]  # fmt: skip
    assert item(1).source_lines == (1, 8)


def test_trap_6_a_teaser_is_known_by_the_date_line_after_its_title() -> None:
    """A line with a colon is a title only where the next one begins with a date."""
    text = "Im Fokus: kein Titel\nNoch eine Zeile\nVitako: Im Fokus\n[15.07.2025] Das Amt: offen. mehr..."
    document = read(text)
    assert [item.title for item in document.items] == ["Vitako: Im Fokus"]
    assert [line.number for line in document.not_understood] == [1, 2]


def test_trap_7_the_kicker_ends_at_the_first_colon() -> None:
    """Later colons and slashes belong to where they stand."""
    assert titled("Wiesbaden / MACH: Ökosystem mit offenen Standards").kicker == "Wiesbaden / MACH"
    vitako = titled("Vitako: Deutschland-Stack und KI im Fokus")
    assert vitako.kicker == "Vitako"
    assert "Im Fokus: der Deutschland-Stack, kultureller Wandel" in vitako.summary
    (teaser,) = read("Bonn: Was nun: ja oder nein?\n[1.2.2025] Der Rat entscheidet. mehr...").items
    assert (teaser.kicker, teaser.headline) == ("Bonn", "Was nun: ja oder nein?")


def test_trap_8_a_headline_may_be_a_question() -> None:
    """A question mark ends a headline as well as a sentence."""
    assert item(3).headline == "Wie kann die Staatsreform gelingen?"


def test_trap_9_the_link_text_is_cut_only_at_the_end() -> None:
    """`mehr...` goes where it ends a teaser, and `Mehr` stays in headlines."""
    assert all(item.summary.endswith(".") and not item.summary.endswith("..") for item in page().items[1:])
    assert all(item.raw_summary and item.raw_summary.endswith(" mehr...") for item in page().items[1:])
    assert titled("DStGB: Mehr kommunaler Einfluss").headline == "Mehr kommunaler Einfluss"


def test_trap_10_the_last_line_counts_without_a_newline() -> None:
    """The last teaser is there although nothing ends its line."""
    assert not PAGE.read_bytes().endswith(b"\n")
    assert item(16).title == "Schleswig-Holstein: Norddeutscher Pionier"
    assert item(16).summary.endswith("die Rolle der Kommunen.")


def test_trap_11_the_author_mark_is_no_text() -> None:
    """`(ve)` ends the article and is its author; capitals in brackets are text."""
    assert item(1).author_mark == "ve"
    assert item(1).sections[-1].text.endswith("zu einem möglichen Bundesprogramm.")
    assert (item(1).body or "").endswith("Bundesprogramm. (ve)")
    assert "Unternehmen (VKU), der Verband Deutscher Verkehrsunternehmen (VDV)" in item(1).summary
    assert all(item.author_mark is None for item in page().items[1:])
    (article,) = read("Halle: Der Verband tagt\nEs tagt der Deutsche Verband (DV)").items
    assert article.author_mark is None
    (article,) = read("Halle: Der Verband tagt\nEs tagt der Verband.\n(ba)").items
    assert (article.author_mark, [section.text for section in article.sections]) == (
        "ba",
        ["Es tagt der Verband."],
    )


def test_trap_12_the_text_is_not_corrected() -> None:
    """Slips of the original stay."""
    assert "Bundesesministerium des Innern" in (item(1).body or "")
    assert "in Sinne ihrer Stadt- und Gemeindeentwicklung" in (item(1).body or "")


def test_trap_13_asterisks_are_letters() -> None:
    """`Bürgermeister*innen` is a word, not emphasis."""
    assert "Junge Bürgermeister*innen, dass" in item(2).summary
    assert "Junge Bürgermeister*innen, dass" in (reading().entries[1].summary or "")


def test_trap_14_quotes_and_dashes_stay() -> None:
    """German quotes and the dash between blanks are kept as they are, in HTML too."""
    whole = "".join(item.body or item.raw_summary or "" for item in page().items)
    assert (whole.count("„"), whole.count("“"), whole.count(" – ")) == (5, 5, 2)
    html = "".join(entry.content or entry.summary or "" for entry in reading().entries)
    assert (html.count("„"), html.count("“"), html.count(" – ")) == (5, 5, 2)


def test_trap_15_hyphens_that_stand_for_a_word_stay() -> None:
    """`Städte- und`, `-präsidentin` and `Smart-City- und` keep their hyphens."""
    assert "Städte- und Gemeindebund" in item(11).summary
    assert "Vizepräsident und -präsidentin" in item(12).summary
    assert "zwischen Smart-City- und Smart-Government-Initiativen" in item(14).summary


def test_trap_16_neither_kicker_nor_day_is_a_key() -> None:
    """Two items of one kicker and three of one day are all there, each with an id of its own."""
    days = [item.date for item in page().items]
    assert [item.kicker for item in page().items].count("DStGB") == 2
    assert days.count(date(2025, 5, 15)) == 3
    assert [days.count(date(2025, 7, day)) for day in (17, 15, 7)] == [2, 2, 2]
    assert len({entry.id for entry in reading().entries}) == 16


def test_trap_17_there_are_no_links() -> None:
    """No entry has a link, and the ids are derived without one."""
    assert {entry.link for entry in reading().entries} == {None}
    assert all(entry.id_derived and len(entry.id) == 32 for entry in reading().entries)


def test_trap_18_a_day_stays_the_day_everywhere_in_europe() -> None:
    """A day stands at 12:00 in Berlin, which is the same day from Lisbon to Athens."""
    dated = reading().entries[1:]
    assert dated[0].published == datetime(2025, 7, 17, 10, tzinfo=UTC)
    for entry, source in zip(dated, page().items[1:], strict=True):
        assert entry.published is not None
        assert entry.precision is Precision.DAY
        assert entry.trust is Trust.DECLARED
        for zone in ("Europe/Lisbon", "Europe/Berlin", "Europe/Athens"):
            assert entry.published.astimezone(ZoneInfo(zone)).date() == source.date


def test_document_order_is_kept() -> None:
    """Items of one day stand in the order of the page."""
    assert [item.title for item in page().items if item.date == date(2025, 5, 15)] == [
        "BMDS: Digitalministerium hat Arbeit aufgenommen",
        "NEGZ: Smart City und E-Government zusammen denken",
        "DStGB: Digitalausschuss konstituiert sich",
    ]


# ── entries ─────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def reading() -> Reading:
    return parse(PAGE.read_bytes(), CONTEXT)


def test_the_article_is_an_entry_with_content() -> None:
    """The article's content has its paragraphs and subheads, its mark is the author."""
    entry = reading().entries[0]
    assert entry.title == "Digitale Städte und Regionen: Neue Kooperation stellt sich vor"
    assert entry.authors == (Author(name="ve"),)
    content = entry.content or ""
    assert content.startswith("<p>„Digitale Städte und Regionen“ nennt sich")
    assert content.count("<p>") == 4
    assert "</p><h2>Hilfe vom Bund</h2><p>Eine aktive" in content
    assert content.endswith("Bundesprogramm.</p>")
    assert (entry.summary or "").endswith("der Stadtentwickler Bundesverband.</p>")
    assert reading().channel == Channel()


def test_a_teaser_is_an_entry_with_a_summary() -> None:
    """A teaser's text is its summary, and it has no content."""
    entry = reading().entries[12]
    assert entry.title == "BMDS: Digitalministerium hat Arbeit aufgenommen"
    assert (entry.summary or "").startswith("<p>Mit Karsten Wildberger als Digitalminister")
    assert entry.content is None
    assert entry.authors == ()


def test_markup_in_the_text_is_text() -> None:
    """What looks like HTML in a document reaches the reader as the characters that it is."""
    text = "Bonn: <script>alert(1)</script>\n[1.2.2025] A & B <b onclick=x>fett</b>. mehr..."
    (entry,) = parse(text.encode(), CONTEXT).entries
    assert entry.summary == "<p>A &amp; B &lt;b onclick=x&gt;fett&lt;/b&gt;.</p>"
    assert entry.title == "Bonn: <script>alert(1)</script>"


def test_a_second_capture_adds_only_what_is_new() -> None:
    """A later capture with two teasers more gives two ids more, and the old ones again."""
    lines = PAGE.read_text(encoding="utf-8").split("\n")
    apps = ["Soest: Neue App", "[1.8.2025] Die App ist da. mehr..."]
    funds = ["Unna: Förderung", "[1.8.2025] Geld fließt. mehr..."]
    old = {entry.id for entry in reading().entries}
    new = {entry.id for entry in parse("\n".join([*lines[:8], *apps, *funds, *lines[8:]]).encode(), CONTEXT).entries}
    assert old < new
    assert len(new - old) == 2


def test_ids_do_not_hang_on_typography() -> None:
    """A capture that writes dashes and blanks otherwise gives the same id."""
    first = parse("Bonn: Ost–West im Blick\n[1.2.2025] Text. mehr...".encode(), CONTEXT)
    second = parse("Bonn:  Ost-West im Blick\n[01.02.2025] Ändert sich. mehr...".encode(), CONTEXT)
    assert first.entries[0].id == second.entries[0].id


def test_repeated_items_are_told_apart() -> None:
    """Two items of one title and one day get two ids, by their order."""
    text = "Bonn: Termine\n[1.2.2025] Erster Text. mehr...\nBonn: Termine\n[1.2.2025] Zweiter Text. mehr..."
    first, second = parse(text.encode(), CONTEXT).entries
    assert second.id == f"{first.id}-2"


@pytest.mark.parametrize(
    ("day", "trust"),
    [("2.3.2026", Trust.DECLARED), ("9.3.2026", Trust.NONE), ("31.12.1989", Trust.NONE)],
)
def test_an_impossible_day_is_kept_but_not_trusted(day: str, trust: Trust) -> None:
    """A day more than 48 hours ahead, or before 1990, orders nothing."""
    (entry,) = parse(f"Bonn: Termin\n[{day}] Ein Text. mehr...".encode(), CONTEXT).entries
    assert entry.published is not None
    assert entry.trust is trust


def test_a_day_that_no_calendar_has_is_no_date() -> None:
    """The 31st of February is still a teaser, but an undated one."""
    (entry,) = parse(b"Bonn: Termin\n[31.02.2025] Ein Text. mehr...", CONTEXT).entries
    assert (entry.published, entry.trust) == (None, Trust.NONE)


# ── other captures ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("day", ["[9.3.2023]", "[09.03.2023]", "[9. 3. 2023]"])
@pytest.mark.parametrize("more", ["mehr...", "mehr…", "mehr ..."])
def test_dates_and_link_texts_are_written_in_several_ways(day: str, more: str) -> None:
    """Days with and without zeros are read, and the link's text goes, however it is written."""
    (teaser,) = read(f"Smart CityEine Frage der Technologie\n{day} Ein Text. {more}").items
    assert (teaser.date, teaser.summary, teaser.kicker) == (date(2023, 3, 9), "Ein Text.", "Smart City")


def test_only_teasers() -> None:
    """A page without an article gives its teasers."""
    teasers = PAGE.read_text(encoding="utf-8").split("\n")[8:]
    document = read("\n".join(teasers))
    assert [item.title for item in document.items] == [item.title for item in page().items[1:]]
    assert document.not_understood == ()


def test_only_an_article() -> None:
    """A page without teasers gives its article, with or without an author mark."""
    lines = PAGE.read_text(encoding="utf-8").split("\n")[:8]
    (article,) = read("\n".join(lines)).items
    assert article == item(1)
    (article,) = read("\n".join([*lines[:7], lines[7].removesuffix(" (ve)")])).items
    assert (article.author_mark, article.sections) == (None, item(1).sections)


def test_a_dated_article_leads_a_page() -> None:
    """A title with a dated text that goes on in paragraphs is an article of that day."""
    text = (
        "FachverfahrenDie Digitalisierung stockt\n[9.3.2023] Der Anfang.\nWas fehlt?\nEs fehlt „Geld“ – und Zeit.\n"
        "Erstens\nZweitens\nEnde (sav)\nBonn: Neues\n[8.3.2023] Ein Text. mehr..."
    )
    article, teaser = read(text).items
    assert (article.type, article.date, article.author_mark) == (ItemType.ARTICLE, date(2023, 3, 9), "sav")
    assert [(section.subhead, section.text) for section in article.sections] == [
        (None, "Der Anfang."),
        ("Was fehlt?", "Es fehlt „Geld“ – und Zeit.\nErstens\nZweitens\nEnde"),
    ]
    assert (article.kicker, article.summary) == ("Fachverfahren", "Der Anfang.")
    assert article.body == "Der Anfang.\nWas fehlt?\nEs fehlt „Geld“ – und Zeit.\nErstens\nZweitens\nEnde (sav)"
    assert teaser.title == "Bonn: Neues"
    (article,) = read("Bonn: Der Rat tagt\n[9.3.2023]\nEr tagt in Bonn. (ve)").items
    assert (article.type, article.summary) == (ItemType.ARTICLE, "Er tagt in Bonn.")


def test_a_teaser_may_be_wrapped() -> None:
    """A teaser whose text was broken over lines is one teaser; what follows its end is not part of it."""
    text = "Bonn: Neues\n[8.3.2023]\nEin Text, der\nweitergeht. mehr...\nImpressum"
    document = read(text)
    assert [(item.summary, item.source_lines) for item in document.items] == [("Ein Text, der weitergeht.", (1, 4))]
    assert [line.text for line in document.not_understood] == ["Impressum"]


def test_a_teaser_may_lack_its_link_text() -> None:
    """Without `mehr...` a teaser is its dated line, and what stands around it is reported."""
    text = (
        "Bonn: Neues\n[8.3.2023] Ein Text.\nUnna: Altes\n[7.3.2023] Noch einer.\n"
        "Datenschutz und Impressum.\n[6.3.2023] Ohne Titel. mehr..."
    )
    document = read(text)
    assert [item.summary for item in document.items] == ["Ein Text.", "Noch einer.", "Ohne Titel."]
    assert document.not_understood == ()
    document = read("Bonn: Neues\n[8.3.2023] Ein Text. mehr...\n[7.3.2023] Ohne Titel. mehr...")
    assert len(document.items) == 1
    assert [line.number for line in document.not_understood] == [3]
    document = read("Bonn: Neues\n[8.3.2023] Ein Text.\n[7.3.2023] Ohne Titel. mehr...\nEnde.")
    assert document.items[0].summary == "Ein Text."


def test_an_article_after_teasers_needs_its_mark() -> None:
    """Between and after teasers only an author mark makes lines an article; a page's footer is none."""
    teaser = "Bonn: Neues\n[8.3.2023] Ein Text. mehr...\n"
    footer = (
        "Über uns\nWir sind ein Verlag und berichten seit vielen Jahren ausführlich über alles, was Kommunen "
        "bewegt und umtreibt."
    )
    assert len(read(teaser + footer).items) == 1
    assert len(read(teaser + footer).not_understood) == 2
    items = read(teaser + footer + " (ve)").items
    assert [item.type for item in items] == [ItemType.TEASER, ItemType.ARTICLE]
    assert len(read(footer + " (ve)\n" + teaser + footer + " (ba)").items) == 2


def test_lines_that_are_not_understood_are_reported() -> None:
    """The report tells each item with its lines, and each line that is left, safe for a terminal."""
    text = "Startseite\nBonn: Neues\n[8.3.2023] Ein Text. mehr...\n\nImpressum\x1b[31m"
    assert parse(text.encode(), CONTEXT).report == (
        "articles: 0, teasers: 1, lines not understood: 2",
        "lines 2-3: teaser, 2023-03-08: Bonn: Neues",
        "line 1 is not understood: Startseite",
        "line 5 is not understood: Impressum[31m",
    )
    assert reading().report[1] == (
        "lines 1-8: article, no date, author mark ve: Digitale Städte und Regionen: Neue Kooperation stellt sich vor"
    )


def test_a_long_report_is_cut() -> None:
    """However long a document is, its report stays readable."""
    text = "\n".join(["Startseite"] * 60 + ["Bonn: Neues", "[8.3.2023] Ein Text. mehr..."] * 60)
    report = parse(text.encode(), CONTEXT).report
    assert len(report) == 102
    assert report[-1] == "and 20 more"


# ── bytes ───────────────────────────────────────────────────────────────────────────────────────────────────


def scrambled(seed: int) -> bytes:
    """The page with its teasers in another order, blank lines, other line ends and perhaps a BOM."""
    dice = random.Random(seed)
    lines = PAGE.read_text(encoding="utf-8").split("\n")
    teasers = [lines[place : place + 2] for place in range(8, 38, 2)]
    dice.shuffle(teasers)
    parts = [lines[:8], *teasers]
    if dice.random() < 0.3:
        dice.shuffle(parts)
    mixed = [piece for part in parts for line in part for piece in [line, *[" \t"] * dice.choice((0, 0, 1, 3))]]
    end = dice.choice(("\n", "\r\n", "\r"))
    return (dice.choice(("", "\ufeff")) + end * dice.choice((0, 2)) + end.join(mixed)).encode()


@pytest.mark.parametrize("seed", range(60))
def test_the_grammar_survives_order_line_ends_blank_lines_and_bom(seed: int) -> None:
    """However the lines are ordered, ended and spaced, the same 16 entries come out, with the same ids."""
    found = parse(scrambled(seed), CONTEXT)
    assert {entry.id: (entry.title, entry.summary, entry.content) for entry in found.entries} == {
        entry.id: (entry.title, entry.summary, entry.content) for entry in reading().entries
    }
    assert found.report[0] == "articles: 1, teasers: 15, lines not understood: 0"


def test_windows_1252_is_read() -> None:
    """A page saved in the old Windows encoding has its umlauts, quotes and dashes."""
    whole = PAGE.read_text(encoding="utf-8")
    assert parse(whole.encode("windows-1252"), CONTEXT) == reading()


def test_decomposed_umlauts_are_composed() -> None:
    """Umlauts saved as letter and dots (macOS) give the same ids and text."""
    whole = unicodedata.normalize("NFD", PAGE.read_text(encoding="utf-8"))
    assert parse(whole.encode(), CONTEXT) == reading()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n\t\n", "empty"),
        (b"<!DOCTYPE html>\n<title>Kommune21</title>", "html"),
        (b"\n<HTML lang=de><body>x", "html"),
        (b"<?xml version='1.0'?><rss/>", "not-a-feed"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'/>", "not-a-feed"),
        (b"Not found", "not-a-feed"),
        ("Startseite\nKontakt\nÜber uns".encode(), "not-a-feed"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x81", "not-a-feed"),
        (b"x" * (1 << 20) + b"x", "too-large"),
    ],
)
def test_what_is_no_document_is_told_as_what_it_is(body: bytes, reason: str) -> None:
    """Nothing, a web page, a feed, junk and too much are refused with their reason."""
    with pytest.raises(SourceError) as caught:
        parse(body, CONTEXT)
    assert caught.value.reason == reason


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_give_entries_or_a_source_error(body: bytes) -> None:
    """No bytes at all raise anything but a SourceError."""
    try:
        found = parse(body, CONTEXT)
    except SourceError:
        return
    assert found.entries


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "Bonn: Neues",
                    "Smart CityEine Frage",
                    "[1.2.2025] Text. mehr...",
                    "[1.2.2025]",
                    "[99.99.2025] x",
                    "mehr...",
                    "(ve)",
                    "Text. (ve)",
                    "",
                    "„Bonn“ ruft.",
                    "Ein langer Satz " * 10 + "endet.",
                ]
            ),
            st.text(max_size=20),
        ),
        max_size=12,
    )
)
def test_every_line_is_in_one_item_or_not_understood(lines: list[str]) -> None:
    """No line gets lost: each is part of exactly one item or among those that are not understood."""
    text = "\n".join(lines)
    document = read(text)
    plain = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    filled = [number for number, line in enumerate(plain, start=1) if line.strip()]
    spans = [range(item.source_lines[0], item.source_lines[1] + 1) for item in document.items]
    covered = [number for span in spans for number in span if number in filled]
    assert sorted(covered + [line.number for line in document.not_understood]) == filled
    assert [item.order for item in document.items] == list(range(1, len(spans) + 1))
    assert sum(item.type is ItemType.ARTICLE for item in document.items) <= 1


@pytest.mark.parametrize(
    "piece",
    [" ", "a", "aA", "[1.1.2025]", "\n", "Bonn: x\n[1.1.2025] y\n", "„", " (", "mehr... ", "x\n", "(ve) ", "[1.", "\r"],
)
def test_reading_takes_time_in_proportion(piece: str) -> None:
    """The longest document that is taken takes as much longer as it is longer, whatever it repeats."""

    def seconds(length: int) -> float:
        started = time.process_time()
        read(piece * (length // len(piece)))
        return time.process_time() - started

    # Four times the length: in proportion that is four times the time, squared it would be sixteen times.
    assert seconds(1 << 20) < 10 * seconds(1 << 18) + 0.5
