"""Does the same database always become the same files, and do their links lead somewhere?"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from lxml import html

from aggregator.model import Format
from aggregator.publish import FORMATS
from tests.published import NUMBER, bare_story, feed, render_all, story

_PRINT_DIGESTS = """
from hashlib import sha256
from tests.published import bare_story, feed, render_all, story
files = render_all([feed(story(), bare_story(id="b", title=""), slug="all"), feed(story())])
print([(name, sha256(content).hexdigest()) for name, content in files.items()])
"""


def test_every_format_has_a_renderer_and_a_media_type() -> None:
    """Each format of the contract can be rendered, and a server knows what to call it."""
    assert list(FORMATS) == list(Format)
    assert {form.value: renderer.media_type for form, renderer in FORMATS.items()} == {
        "atom": "application/atom+xml",
        "rss": "application/rss+xml",
        "json": "application/feed+json",
        "html": "text/html",
    }


def test_all_files_are_named_as_the_contract_says() -> None:
    """Feeds in their formats, a page for each story however many feeds show it, index, sources, what pages load."""
    files = render_all([feed(story(), slug="all"), feed(story(), formats=(Format.ATOM,))])
    script, sheet = sorted(name for name in files if name.startswith("static/"))
    feeds = ["all.atom", "all.html", "all.json", "all.rss"]
    assert list(files) == [
        *feeds,
        "feeds.opml",
        "index.html",
        "smart-city.atom",
        "sources.opml",
        script,
        sheet,
        f"story/{NUMBER}.html",
    ]


def test_every_relative_link_leads_to_a_file_or_anchor() -> None:
    """All links between our own pages work from any folder."""
    files = render_all([feed(story(), bare_story(id="b"), slug="all"), feed(story())])
    for name, content in files.items():
        if not name.endswith(".html"):
            continue
        root = html.document_fromstring(content)
        for element in root.iter():
            target = element.get("href")
            if target is None or re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            reached = os.path.normpath(Path(name).parent / path) if path else name
            assert reached in files
            assert not anchor or f'id="{anchor}"'.encode() in files[reached]


def test_every_address_of_a_feed_that_is_ours_leads_to_a_file() -> None:
    """What feeds name below the site's own address is there."""
    files = render_all([feed(story(), bare_story(id="b"))])
    for name in ("smart-city.atom", "smart-city.rss", "smart-city.json"):
        own = re.findall(rb"https://news\.example\.org/([a-z0-9/.-]+)", files[name])
        assert own
        assert {address.decode() for address in own} <= set(files)


def test_the_same_stories_are_the_same_bytes_on_any_machine() -> None:
    """Neither time zone, hash seed, locale nor process shows in any file."""
    printed = set()
    for zone, seed, language in (("UTC", "0", "C"), ("Asia/Kathmandu", "1", "C.UTF-8"), ("America/Lima", "2", "POSIX")):
        environment = {**os.environ, "TZ": zone, "PYTHONHASHSEED": seed, "LC_ALL": language}
        environment["PYTHONPATH"] = str(Path(__file__).parents[1])
        command = [sys.executable, "-c", _PRINT_DIGESTS]
        printed.add(subprocess.run(command, env=environment, check=True, capture_output=True).stdout)
    assert len(printed) == 1


def test_text_that_no_document_can_hold_breaks_none() -> None:
    """Controls, lone surrogates and CDATA ends are harmless in every file at once."""
    broken = "\x00\x0b\ud800]]>\ufffe Größe"
    whole = feed(story(title=broken, summary=broken, content=f"<p>{broken}</p>"), title=broken)
    for name, content in render_all([whole]).items():
        assert b"\x00" not in content, name
        assert content.decode("utf-8")
