"""feedparser's own test files as a corpus: `make corpus` lays its source distribution beside the environment."""

from __future__ import annotations

import io
import re
import signal
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from aggregator.errors import SourceError
from aggregator.model import Context, Reading, SourceKind
from aggregator.sources import parse
from tests.test_sources_fast import is_fast

FOLDER = Path(__file__).parents[1] / ".venv" / "corpus"
SECONDS = 10
CONTEXT = Context(
    url="https://stadt.example/feed/", timezone=ZoneInfo("Europe/Berlin"), now=datetime(2026, 7, 3, 9, tzinfo=UTC)
)
# Which files are not read -> the reason word, and why that is right.
REFUSED = (
    (
        r"encoding/x80_(?:ebcdic.*|(?:cp|csibm|ibm)(?:03[79]|500|875|1140))\.xml",
        "not-a-feed",
        "EBCDIC: no ASCII letter stands in it",
    ),
    (r"encoding/(?:.*utf.32.*|.*ucs-?4)\.xml", "not-a-feed", "UTF-32: no browser reads it any more either"),
    (r"wellformed/(?:cdf/|base/cdf_).*", "not-a-feed", "Channel Definition Format, neither RSS nor Atom"),
    (r"wellformed/.*/(?:doctype_contains_entity_decl|entity_in_doctype)\.xml", "not-a-feed", "declares entities"),
    (r"illformed/rss_empty_document\.xml", "not-a-feed", "holds a comment and no element"),
    (r"illformed/rss_incomplete_cdata\.xml", "truncated", "ends within its first item"),
)

pytestmark = [pytest.mark.corpus, pytest.mark.usefixtures("pure")]


@cache
def corpus() -> dict[str, bytes]:
    """The files of tests/wellformed, illformed and encoding, by their path below tests/."""
    packed = next(iter(FOLDER.glob("feedparser-*.tar.gz")), None)
    if packed is None:
        pytest.skip(f"feedparser's source distribution is not in {FOLDER.name}/: make corpus fetches it")
    wanted = re.compile(r"[^/]+/tests/((?:wellformed|illformed|encoding)/.+)")
    with tarfile.open(packed) as archive:
        named = ((wanted.fullmatch(member.name), archive.extractfile(member)) for member in archive)
        return {name[1]: file.read() for name, file in named if name and file}


@contextmanager
def in_time() -> Iterator[None]:
    """Raise where it takes longer than a document may."""

    def too_late(_number: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"it takes longer than {SECONDS} seconds")

    former = signal.signal(signal.SIGALRM, too_late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, former)


def outcome(name: str, body: bytes) -> Reading | SourceError:
    try:
        with in_time():
            return parse(SourceKind.FEED, body, CONTEXT)
    except SourceError as error:
        assert "gave up" not in error.detail, name  # noqa: PT017
        return error


def test_every_file_is_read_or_refused_for_a_reason() -> None:
    """Each file gives as many entries as a plain feedparser finds, or is refused for a reason that is named here.

    No exception, no hang; and no file, socket, clock or dice is touched beneath the core.
    """
    import feedparser

    for name, body in corpus().items():
        found = outcome(name, body)
        expected = next((reason for pattern, reason, _ in REFUSED if re.fullmatch(pattern, name)), None)
        if isinstance(found, SourceError):
            assert found.reason == expected, (name, found)
            continue
        assert expected is None, name
        plain = feedparser.parse(
            io.BytesIO(body),
            sanitize_html=False,
            resolve_relative_uris=False,
            response_headers={"content-type": "application/xml"},
        )
        assert len(found.entries) == len(plain.entries), name


def test_what_came_out() -> None:
    """How many files there are, and what becomes of them, is known."""
    found = Counter(
        name.partition("/")[0] if isinstance(done, Reading) else done.reason
        for name, body in corpus().items()
        for done in [outcome(name, body)]
    )
    assert len(corpus()) == 1_977
    assert found == {"wellformed": 1_722, "encoding": 188, "illformed": 17, "not-a-feed": 49, "truncated": 1}


def test_fast_reader() -> None:
    """What the fast reader takes of these files is what feedparser makes of them; it takes at least a third."""
    found = Counter[bool]()
    for name, body in corpus().items():
        for context in (CONTEXT, replace(CONTEXT, url=None, content_type="text/xml; charset=utf-8")):
            quick = is_fast(body, context)
            found[quick] += 1
            if quick:
                slow = parse(SourceKind.FEED, body, replace(context, fast=False))
                assert parse(SourceKind.FEED, body, context) == slow, name
    assert found[True] >= found.total() / 3
