"""Is a secret found in every spelling, and all else left alone?"""

from __future__ import annotations

import pytest

from aggregator.model import Author, Channel, Enclosure, Entry, Reading
from aggregator.secrecy import MASK, veil_of

SECRET = "Gehe!m/2026 & Wort"


@pytest.mark.parametrize(
    "spelled",
    [
        "Gehe!m/2026 & Wort",
        "GEHE!M/2026 & WORT",
        "Gehe%21m%2F2026%20%26%20Wort",
        "Gehe%21m%2f2026+%26+Wort",
        "Gehe%2521m%252F2026%2520%2526%2520Wort",
        "Gehe!m/2026 &amp; Wort",
        "Gehe&#33;m&#x2f;2026&#32;&#38;&#32;Wort",
        r"Gehe!m\/2026 \u0026 Wort",
    ],
)
def test_every_spelling_is_masked(spelled: str) -> None:
    """As it is, in any case, percent-encoded once or twice, as references of HTML, as JSON writes it."""
    veil = veil_of((SECRET,))
    assert veil.text(f"vor-{spelled}-nach") == f"vor-{MASK}-nach"
    assert veil.hides(f"https://a.de/?key={spelled}")


def test_a_secret_may_be_told_encoded() -> None:
    """One that stands percent-encoded in the environment, as an address needs it, is found decoded, too."""
    assert veil_of(("Wort%2B%C3%BC7",)).text("Wort+ü7, Wort%2B%C3%BC7") == f"{MASK}, {MASK}"


def test_a_secret_that_is_cut_is_masked() -> None:
    """The greater half of a secret at the end of a text that was cut off goes, too; a chance likeness stays."""
    veil = veil_of(("geheimeswort",))
    assert veil.text("Anmeldung /geheimesw… und mehr") == f"Anmeldung /{MASK}… und mehr"
    assert veil.text("Anmeldung /geheimeswor") == f"Anmeldung /{MASK}"
    assert veil.text("Anmeldung geheimes Wort, geheim…") == "Anmeldung geheimes Wort, geheim…"[:25] + f"{MASK}…"
    assert veil.text("Das ist geheim") == "Das ist geheim"[:8] + MASK
    assert veil.text("Das ist gehei") == "Das ist gehei"
    assert MASK in veil_of(("x1" * 400,)).text("x1" * 399)


def test_short_secrets_wreck_no_text() -> None:
    """Below eight characters a secret stands by itself, below four it is none."""
    veil = veil_of(("rat4", "abc"))
    assert veil.text("Rat40 und Spart4 und abc") == "Rat40 und Spart4 und abc"
    assert veil.text("/f/rat4?k=rat4&x=%2Frat4") == f"/f/{MASK}?k={MASK}&x=%2F{MASK}"


def test_what_stands_within_a_secret_is_secret() -> None:
    """Of an address that a variable holds the key alone is masked, of a header the token; its host is not."""
    veil = veil_of(("https://feeds.example/public/k3yk3yk3y/f?t=abcdefg7", "Bearer blaueblume"))
    told = veil.text("feeds.example public k3yk3yk3y abcdefg7 Bearer blaueblume blaueblume")
    assert told == f"feeds.example public {MASK} {MASK} {MASK} {MASK}"


@pytest.mark.parametrize(
    ("address", "told", "shown"),
    [
        ("https://a.de/f", "http://a.de/f#n1", None),
        ("https://a.de/f", "https://A.de/f?item=3", None),
        ("https://a.de/f", "https://a.de/f/1", "https://a.de/f/1"),
        ("https://a.de/f?k=1&amp=2", "https://a.de/f?k=1&amp=2#n1", None),
        ("https://a.de/i.php?id=1", "https://a.de/i.php?id=12", "https://a.de/i.php?id=12"),
        ("https://a.de/", "https://a.de/#n1", "https://a.de/#n1"),
    ],
)
def test_an_address_that_nobody_may_learn(address: str, told: str, shown: str | None) -> None:
    """A link to the address itself goes, with any fragment or query; what lies below it stays, and so does its host."""
    assert veil_of((), address).link(told) == shown


def test_an_address_in_a_text_is_masked() -> None:
    """In a text it goes with its scheme, also at the end of a sentence."""
    assert veil_of((), "https://a.de/f").text("Siehe https://a.de/f.") == f"Siehe {MASK}."


def test_every_field_of_a_reading_is_veiled() -> None:
    """Links, images and files with a secret go, in all other text it is masked; the rest stays as it was."""
    bad, good = "https://a.de/?k=geheimeswort#1", "https://a.de/2"
    channel = Channel(id=bad, title="k geheimeswort", link=bad, self_link=bad)
    entry = Entry(
        id=bad,
        id_derived=False,
        title="Rat geheimeswort",
        link=bad,
        summary=f'<p>a <a href="{bad}" title="x">b</a> <img src="{bad}" alt="c"> <a href="{good}">d</a></p>',
        content="<p>geheimeswort</p>",
        authors=(Author(name="geheimeswort", url=bad, email="geheimeswort@a.de"), Author(name="Rat", url=good)),
        categories=("geheimeswort", "Bau"),
        enclosures=(Enclosure(url=bad), Enclosure(url=good, title="geheimeswort")),
        comments=bad,
        origin=channel,
    )
    veil = veil_of(("geheimeswort",))
    told = veil.reading(Reading(entries=(entry,), channel=channel, report=("las geheimeswort",)))
    masked = f"https://a.de/?k={MASK}#1"
    hidden = Channel(id=masked, title=f"k {MASK}")
    assert told == Reading(
        entries=(
            Entry(
                id=masked,
                id_derived=False,
                title=f"Rat {MASK}",
                summary=f'<p>a <a title="x">b</a>  <a href="{good}">d</a></p>',
                content=f"<p>{MASK}</p>",
                authors=(Author(name=MASK), Author(name="Rat", url=good)),
                categories=(MASK, "Bau"),
                enclosures=(Enclosure(url=good, title=MASK),),
                origin=hidden,
            ),
        ),
        channel=hidden,
        report=(f"las {MASK}",),
    )


def test_without_secrets_nothing_is_touched() -> None:
    """Where there is nothing to hide, the very same comes back."""
    reading = Reading(entries=(Entry(id="1", id_derived=False, content='<a href="https://a.de/">x</a>'),))
    veil = veil_of(())
    assert veil.reading(reading) is reading
    assert (veil.entry(reading.entries[0]), bool(veil)) == (reading.entries[0], False)
    assert (veil.text("abc"), veil.html("<p>"), veil.link("x"), veil.hides("x")) == ("abc", "<p>", "x", False)
