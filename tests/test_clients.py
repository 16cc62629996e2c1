"""What do a real feed reader and a real browser make of what we publish?

Debian's newsboat and Chromium (`make clients` installs them) visit a site that `aggregator serve` serves.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.conftest import REPOSITORY, CommandLine, SiteFolder

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.clients

PAGE = Path("data") / "kommune21-digitale-staedte.txt"
SOURCES = {
    "kommune21-2025": {
        "document": PAGE.as_posix(),
        "title": "Kommune21",
        "captured": "2025-07-17",
        "content": "full",
    },
    "archiv": {"feed": "archiv.xml", "title": "Amtsblatt der Verbandsgemeinde"},
    "widrig": {"feed": "widrig.xml", "title": "Widriges – „Prüfstand“", "content": "full"},
}
TOPICS = {
    "smart-city": {"title": "Smart City", "any": ["smart city", "smart cities"]},
    "ozg": {"title": "OZG", "any": ["OZG", "onlinezugangsgesetz*", "efa fertigungsstrecke"]},
}
DAYS = {
    "ozg.atom": {
        "Rheinland-Pfalz: Ausweitung der EfA-Fertigungsstrecke": date(2025, 7, 7),
        "Mecklenburg-Vorpommern: Verwaltungsvereinbarung mit eGo-MV": date(2025, 6, 30),
    },
    # The first has no date: it shows the day on which the page was captured.
    "smart-city.rss": {
        "Digitale Städte und Regionen: Neue Kooperation stellt sich vor": date(2025, 7, 17),
        "NEGZ: Smart City und E-Government zusammen denken": date(2025, 5, 15),
    },
}
# What a foreign feed may hold to run a script, to load something, or to burst the page.
ADVERSE_TITLE = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 3
ADVERSE_FEED = f"""<rss version="2.0"><channel><title>Prüfstand</title><link>https://blatt.example/</link>
<description>Prüfstand</description><item><guid isPermaLink="false">1</guid><title>{ADVERSE_TITLE}</title>
<link>https://blatt.example/gesetz</link><pubDate>Mon, 14 Jul 2025 09:30:00 +0200</pubDate><description><![CDATA[
<p style="position:fixed;width:4000px" onclick="alert(1)">Die Länder – „alle 16“ – stimmen zu.</p>
<script>document.title = "gekapert"</script><style>body {{ width: 4000px }}</style>
<img src="https://pixel.example/zaehler.gif" width="4000" alt="Zähler"><iframe src="https://rahmen.example/"></iframe>
<table><tr>{"<td>Zuständigkeit</td>" * 40}</tr></table><pre>{"Länderöffnungsklausel " * 40}</pre>
]]></description></item></channel></rss>"""

# More than a feed shows: the oldest hundred close into an archive document.
OLD_FEED = f"""<rss version="2.0"><channel><title>Amtsblatt</title><link>https://amt.example/</link>
<description>Amtsblatt</description>{
    "".join(
        f"<item><guid isPermaLink='false'>{number}</guid><title>Satzung {number} der Gemeinde</title>"
        f"<link>https://amt.example/{number}</link><pubDate>{1 + number % 28:02} Jan 2025 09:30:00 +0100</pubDate>"
        f"<description>Der Rat hat die Satzung {number} beschlossen; sie tritt morgen in Kraft.</description></item>"
        for number in range(120)
    )
}</channel></rss>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site as it is served at `url`, and the commands on its folder."""

    url: str
    folder: SiteFolder
    commands: CommandLine


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The shipped page, an adverse feed and a long one, pulled, published and served."""
    folder = SiteFolder(path=tmp_path_factory.mktemp("site"))
    folder.write(sources=SOURCES, topics=TOPICS)
    folder.data.mkdir()
    shutil.copy(REPOSITORY / PAGE, folder.path / PAGE)
    (folder.path / "widrig.xml").write_text(ADVERSE_FEED, encoding="utf-8")
    (folder.path / "archiv.xml").write_text(OLD_FEED, encoding="utf-8")
    commands = CommandLine(config=folder.config)
    updated = commands("update")
    assert (updated.code, "0 failed" in updated.stdout) == (0, True), updated
    serving = commands.start("serve", "--port", "0")
    assert serving.stderr
    said = serving.stderr.readline()
    yield Site(url=said.partition(" on ")[2].partition(" ")[0], folder=folder, commands=commands)
    commands.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, which finds no other host than 127.0.0.1."""
    from playwright.sync_api import sync_playwright

    options = [
        "--disable-background-networking",
        "--no-proxy-server",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    if os.geteuid() == 0:
        options.append("--no-sandbox")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=installed("chromium"), args=options)
        yield launched
        launched.close()


def installed(client: str) -> str:
    """Give where a client is; the test fails where it is not, since these tests are only asked for on purpose."""
    path = shutil.which(client)
    if path is None:
        pytest.fail(f"{client} is not installed: run `make clients`")
    return path


def unread(url: str, home: Path) -> int:
    """Let newsboat ask for a feed as it does at its start, and give how many items it calls unread."""
    (home / "urls").write_text(f"{url}\n", encoding="utf-8")
    (home / "config").touch()
    files = (f"-C{home}/config", f"-u{home}/urls", f"-c{home}/cache.db")
    ran = subprocess.run(
        [installed("newsboat"), *files, "-x", "reload", "print-unread"],
        env={"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=30,
    )
    return int(ran.stdout.split()[0])


def items(cache: Path) -> list[tuple[str, str, date]]:
    """Give guid, title and day of every item in newsboat's cache."""
    with sqlite3.connect(cache) as connection:
        rows = connection.execute("SELECT guid, title, pubDate FROM rss_item WHERE NOT deleted").fetchall()
    connection.close()
    return [(guid, title, datetime.fromtimestamp(day, ZoneInfo("Europe/Berlin")).date()) for guid, title, day in rows]


def mark_read(cache: Path, *, forget_validators: bool) -> None:
    """Mark all as read; without its validators newsboat reads the whole feed again."""
    with sqlite3.connect(cache) as connection:
        connection.execute("UPDATE rss_item SET unread = 0")
        if forget_validators:
            connection.execute("UPDATE rss_feed SET lastmodified = 0, etag = ''")
    connection.close()


@pytest.mark.parametrize("name", DAYS)
def test_newsboat_shows_each_story_once_on_its_day(site: Site, tmp_path: Path, name: str) -> None:
    """Newsboat shows every story once, under its title and on its day, and none of them turns up as new again."""
    cache = tmp_path / "cache.db"
    assert unread(site.url + name, tmp_path) == len(DAYS[name])
    first = items(cache)
    assert {title: day for _, title, day in first} == DAYS[name]
    assert len(first) == len(DAYS[name])
    for forget_validators in (False, True):
        mark_read(cache, forget_validators=forget_validators)
        assert site.commands("update", "--force", "--wait", "30s").code == 0
        assert unread(site.url + name, tmp_path) == 0
        assert items(cache) == first


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_stand_in_a_browser(site: Site, browser: Browser, tmp_path: Path, width: int, scheme: str) -> None:
    """On a phone and on a desk, light and dark, pages fit, load nothing foreign, and leave nothing on the console."""
    stories = json.loads(site.folder.published()["all.json"])["items"]
    adverse = next(story["id"] for story in stories if story["title"] == ADVERSE_TITLE)
    told: list[str] = []
    loaded: list[tuple[str, int]] = []
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="de-DE",
    )
    page = context.new_page()
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("requestfailed", lambda request: told.append(request.url))
    page.on("response", lambda response: loaded.append((response.url, response.status)))
    for name in ("", "smart-city.html", "all.html", "all/1.html", f"story/{adverse.removeprefix('urn:uuid:')}.html"):
        page.goto(site.url + name)
        page.screenshot(
            path=tmp_path / f"{name.removesuffix('.html').replace('/', '-') or 'index'}.png", full_page=True
        )
        across = page.evaluate("document.documentElement.scrollWidth")
        assert across <= width, f"{name} is {across} pixels wide"
        cells = page.evaluate("[...document.querySelectorAll('td')].map(cell => cell.offsetWidth)")
        assert min(cells, default=width) > 80, "words of a table are broken into letters"
        paper = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert (sum(int(part) for part in paper.strip("rgb()").split(",")) < 300) == (scheme == "dark")
    context.close()
    assert not told
    assert len(loaded) >= 10
    assert not [(url, status) for url, status in loaded if not url.startswith((site.url, "data:")) or status != 200]


def test_one_click_copies_an_address(site: Site, browser: Browser) -> None:
    """The button beside an address puts it into the clipboard, and says so; without scripts there is no button."""
    context = browser.new_context(locale="de-DE", permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(site.url)
    page.get_by_role("button", name="Kopieren: RSS, Smart City").click()
    page.get_by_role("status").get_by_text("smart-city.rss").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith("/smart-city.rss")
    assert page.get_by_role("status").inner_text() == f"Kopiert: {copied}"
    context.close()
    without = browser.new_context(java_script_enabled=False)
    page = without.new_page()
    page.goto(site.url)
    assert page.get_by_role("button").count() == 0
    without.close()


def test_pages_are_valid_html(site: Site) -> None:
    """Every page is HTML5 by an independent checker, and passes its rules of accessibility."""
    place = REPOSITORY / "tests" / "clients"
    checker = place / "node_modules" / ".bin" / "html-validate"
    if not checker.is_file():
        pytest.fail("html-validate is not installed: run `make clients`")
    pages = sorted(str(page) for page in site.folder.public.rglob("*.html"))
    assert len(pages) > 10
    config = ("--config", str(place / ".htmlvalidate.json"))
    checked = subprocess.run([checker, *config, *pages], capture_output=True, encoding="utf-8", check=False)
    assert checked.returncode == 0, checked.stdout
