"""Does anything that leaves the program tell what a source is asked with?

Whole runs of the real commands, on servers that echo everything they are told.
"""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing

import brotli
import pytest

from tests.conftest import CommandLine, SiteFolder
from tests.runs import items, update
from tests.servers import Answer, LoopbackServer

MakeFolder = Callable[..., SiteFolder]

SECRET = "G3heimes-Wort+7"
ENCODED = "G3heimes-Wort%2B7"
ENVIRON = {"WORT": ENCODED}
DATE = "<pubDate>Tue, 15 Jul 2025 10:00:00 +0000</pubDate>"
UPDATED = "<updated>2025-07-15T10:00:00Z</updated>"
HOSTS = tuple(f"127.0.0.{number}" for number in range(1, 10))


@pytest.fixture
def echo() -> Iterator[LoopbackServer]:
    """A server on nine hosts."""
    with LoopbackServer(addresses=HOSTS) as running:
        yield running


def rss(inside: str, *, channel: str = "") -> Answer:
    return Answer(body=f'<rss version="2.0"><channel><title>K</title>{channel}{inside}</channel></rss>'.encode())


def atom(inside: str, *, base: str = "") -> Answer:
    return Answer(
        body=f'<feed xmlns="http://www.w3.org/2005/Atom" {base}><title>K</title>'
        f"<author><name>Redaktion Hinterzimmer</name></author>{inside}</feed>".encode()
    )


def told(text: str) -> bool:
    """Whether a text tells the secret, however it is written."""
    return re.search(r"g3heimes[^a-z]{1,5}wort", text, re.IGNORECASE) is not None


def published_texts(folder: SiteFolder) -> dict[str, str]:
    """All of public/, twins decompressed, and the operator's feed."""
    found = {}
    for path in folder.public.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            if path.suffix == ".gz":
                content = gzip.decompress(content)
            elif path.suffix == ".br":
                content = brotli.decompress(content)
            found[path.name] = content.decode()
    health = folder.data / "health.atom"
    return found | ({"health.atom": health.read_text(encoding="utf-8")} if health.exists() else {})


def database(folder: SiteFolder) -> str:
    with closing(sqlite3.connect(folder.database)) as connection:
        return "\n".join(connection.iterdump())


def links(folder: SiteFolder) -> dict[str, str | None]:
    return {item["title"]: item.get("external_url") or item.get("url") for item in items(folder)}


def echoing(echo: LoopbackServer) -> dict[str, object]:
    """Sources of every kind whose servers repeat what they are asked with."""
    asked = "/f?key=" + ENCODED
    full = echo.url(asked)
    echo.answers |= {
        asked: rss(
            f"<item>{DATE}<title>Anker eins</title><link>#n1</link></item>"
            f"<item>{DATE}<title>Frage zwei</title><link>?item=3</link><guid>?item=3</guid></item>"
            f"<item>{DATE}<title>Echo {SECRET} drei</title><link>{full}</link><author>a@b.de ({SECRET})</author>"
            f"<category>{SECRET}</category><enclosure url='{full}&amp;m=3' type='audio/mpeg' length='1'/>"
            f"<description>&lt;p>Bild &lt;img src='bild.png'> &lt;img src='{full}'> &lt;a href='#x'>hier&lt;/a>"
            f" {SECRET} {ENCODED}&lt;/p></description></item>",
            channel=f"<link>{full}</link>",
        ),
        f"/alt/{ENCODED}": Answer(status=302, headers=(("Location", f"/cdn/SIGNED-{ENCODED}/f"),)),
        f"/cdn/SIGNED-{ENCODED}/f": rss(f"<item>{DATE}<title>Umgeleitet vier</title><link>x/1</link></item>"),
        f"/a/{ENCODED}": atom(f'<entry>{UPDATED}<id>1</id><title>Atom fuenf</title><link href="entry/1"/></entry>'),
        f"/b/{ENCODED}": atom(
            f'<entry>{UPDATED}<id>1</id><title>Basis sechs</title><link href="entry/1"/></entry>',
            base='xml:base="https://kommune.example/"',
        ),
        f"/seite/{ENCODED}": Answer(
            body=f"<html><title>{SECRET}</title><article>"
            "<h3><a href='x/1'>Seite sieben</a></h3><time>15.07.2025</time></article>".encode(),
            headers=(("Content-Type", "text/html"),),
        ),
        f"/html/{ENCODED}": Answer(
            body=f"<html><head><title>log in /html/{ENCODED}</title>"
            f"<link rel=alternate type=application/rss+xml href='{echo.url('/' + ENCODED, address=HOSTS[6])}'>"
            f"<link rel=alternate type=application/rss+xml href='f'></head></html>".encode()
        ),
        f"/xml/{ENCODED}": Answer(body=f"<key>{SECRET}</key>".encode()),
        f"/halb/{ENCODED}": Answer(body=f"<html><title>{'x' * 110}{SECRET}".encode()),
    }
    at = dict(zip("abcdefgh", HOSTS, strict=False))
    return {
        "frage": {"feed": echo.url("/f?key=${WORT}"), "content": "full"},
        "umweg": echo.url("/alt/${WORT}", address=at["b"]),
        "atom": echo.url("/a/${WORT}", address=at["c"]),
        "basis": echo.url("/b/${WORT}", address=at["d"]),
        "seite": {
            "page": echo.url("/seite/${WORT}", address=at["e"]),
            "select": {"item": "article", "title": "h3", "date": "time"},
        },
        "html": echo.url("/html/${WORT}", address=at["f"]),
        "xml": echo.url("/xml/${WORT}", address=at["g"]),
        "halb": echo.url("/halb/${WORT}", address=at["h"]),
    }


def test_a_secret_is_told_nowhere(echo: LoopbackServer, site_folder: MakeFolder, run_cli: CommandLine) -> None:
    """Neither public/ with its twins nor health.atom, the database or the output of any command holds it."""
    folder = site_folder(sources=echoing(echo), topics={"echo": {"any": ["Echo"]}})
    commands = [
        ("-v", "update"),
        ("update", "--force", "--json"),
        ("-v", "status"),
        ("status", "--json"),
        *(("status", name) for name in ("frage", "html", "halb")),
        *(("try", name) for name in ("frage", "umweg", "seite", "html")),
        ("try", "frage", "--json"),
        ("explain", "Anker eins"),
        ("explain", "Frage zwei", "--json"),
        ("-v", "check", "--online"),
        ("check", "--online", "--json"),
        ("plan",),
        ("moved",),
    ]
    for command in commands:
        done = run_cli(*command, WORT=ENCODED)
        assert done.stdout + done.stderr
        assert not told(done.stdout + done.stderr), (command, done)
    for name, text in published_texts(folder).items():
        assert not told(text), name
    assert not told(database(folder))
    # What a page of ours is linked to instead is no link of the source.
    assert {title: link.partition("/story/")[0] for title, link in links(folder).items() if link} == {
        "Anker eins": "https://news.example.org",
        "Frage zwei": "https://news.example.org",
        "Echo *** drei": "https://news.example.org",
        "Umgeleitet vier": "https://news.example.org",
        "Atom fuenf": "https://news.example.org",
        "Basis sechs": "https://kommune.example/entry/1",
        "Seite sieben": "https://news.example.org",
    }


def private(feed: str, **more: object) -> Mapping[str, object]:
    return {"feed": feed, "public": False} | more


def test_a_private_address_is_no_link(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Links relative to the address of a source with `public: false` go where they name it, and work where not."""
    server.answers["/hinterzimmer/f.xml"] = rss(
        f"<item>{DATE}<title>Anker eins</title><link>#n1</link></item>"
        f"<item>{DATE}<title>Frage zwei</title><link>?item=3</link></item>"
        f"<item>{DATE}<title>Nachricht drei</title><link>/3.html</link></item>"
    )
    folder = site_folder(sources={"amt": private(server.url("/hinterzimmer/f.xml"))})
    update(folder)
    assert not any("hinterzimmer" in text for text in published_texts(folder).values())
    assert links(folder)["Nachricht drei"] == server.url("/3.html")


def test_a_redirect_of_a_private_source_is_no_base(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Where a source with credentials is led elsewhere, nothing is made of that address; a slash is not elsewhere."""
    server.answers |= {
        "/f": Answer(status=302, headers=(("Location", "/cdn/unterschrift/f"),)),
        "/cdn/unterschrift/f": rss(f"<item>{DATE}<title>Nachricht eins</title><link>x/1</link></item>"),
        "/g": Answer(status=302, headers=(("Location", "/g/"),)),
        "/g/": rss(f"<item>{DATE}<title>Nachricht zwei</title><link>x/2</link></item>"),
    }
    folder = site_folder(
        sources={
            "a": {"feed": server.url("/f"), "user": "amt", "password": "${WORT}"},
            "b": {"feed": server.url("/g"), "user": "amt", "password": "${WORT}"},
        }
    )
    update(folder, environ=ENVIRON)
    assert not any("unterschrift" in text for text in published_texts(folder).values())
    assert links(folder)["Nachricht zwei"] == server.url("/g/x/2")


def test_what_is_stored_becomes_secret(server: LoopbackServer, site_folder: MakeFolder, run_cli: CommandLine) -> None:
    """A key that moves from feeds.yaml into the environment vanishes from what was published with it."""
    server.answers["/f?key=" + ENCODED] = rss(f"<item>{DATE}<title>Anker eins</title><link>#n1</link></item>")
    folder = site_folder(sources={"amt": server.url("/f?key=" + ENCODED)})
    update(folder)
    assert any(map(told, published_texts(folder).values()))
    folder.write(sources={"amt": server.url("/f?key=${WORT}")})
    assert run_cli("publish", WORT=ENCODED).code == 0
    assert not any(map(told, published_texts(folder).values()))


@pytest.mark.parametrize(
    "secret", [{"public": False}, {"user": "amt", "password": "${WORT}"}], ids=["private", "credentials"]
)
def test_the_author_of_a_private_feed_is_not_named(
    server: LoopbackServer, site_folder: MakeFolder, secret: dict[str, object]
) -> None:
    """Authors of entries stay, those of the feed go, also where it was public before."""
    server.answers |= {
        "/atom": atom(
            f"<entry>{UPDATED}<id>1</id><title>Ohne Autor eins</title></entry>"
            f"<entry>{UPDATED}<id>2</id><title>Mit Autorin zwei</title><author><name>Grit</name></author></entry>"
        ),
        "/json": Answer(
            body=json.dumps(
                {
                    "version": "https://jsonfeed.org/version/1.1",
                    "title": "K",
                    "authors": [{"name": "Redaktion Hinterzimmer"}],
                    "items": [{"id": "3", "title": "Ohne Autor drei", "date_published": "2025-07-15T10:00:00Z"}],
                }
            ).encode()
        ),
    }
    sources = {name: {"feed": server.url(f"/{name}")} for name in ("atom", "json")}
    folder = site_folder(sources=sources)
    update(folder)
    assert "Redaktion Hinterzimmer" in published_texts(folder)["all.json"]
    folder.write(sources={name: told | secret for name, told in sources.items()})
    update(folder, environ=ENVIRON)
    assert not any("Hinterzimmer" in text for text in published_texts(folder).values())
    assert [item.get("authors") for item in items(folder) if item["title"] == "Mit Autorin zwei"] == [
        [{"name": "Grit"}]
    ]


def test_mail_addresses_of_authors_are_not_published(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """A name is published without the address beside it, an address alone not at all, and neither is cut in half."""
    authors = ("x@127.0.10.2:8991 (Ada)", "amt@stadt.example", "Grit &lt;grit@stadt.example&gt;")
    server.answers["/f"] = rss(
        "".join(
            f"<item>{DATE}<title>Nachricht {number}</title><author>{author}</author></item>"
            for number, author in enumerate(authors)
        )
    )
    folder = site_folder(sources={"amt": {"feed": server.url("/f"), "title": "Stadt"}})
    update(folder)
    named = {item["title"]: item.get("authors") for item in items(folder)}
    assert named == {
        "Nachricht 0": [{"name": "Ada"}],
        "Nachricht 1": [{"name": "Stadt"}],
        "Nachricht 2": [{"name": "Grit"}],
    }
    assert not any(re.search("@(127|stadt)", text) for text in published_texts(folder).values())
