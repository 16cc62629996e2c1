"""Are compressed bodies decoded, and bombs refused?"""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from contextlib import suppress

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import SourceError
from aggregator.fetch.decoding import decode

LIMIT = 1024 * 1024
BODY = "<rss>„Rathaus“ – öffnet</rss>".encode() * 50


def bare_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(body) + stream.flush()


CODINGS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("coding", CODINGS)
def test_each_coding_is_undone(coding: str) -> None:
    """gzip, deflate, br and zstd give back what was put in, in any case of their name."""
    assert decode(CODINGS[coding](BODY), coding.upper(), LIMIT) == BODY


def test_deflate_may_be_bare() -> None:
    """A deflate body without its zlib wrapping is read, too."""
    assert decode(bare_deflate(BODY), "deflate", LIMIT) == BODY


def test_no_coding_changes_nothing() -> None:
    """Without a coding, with identity, and without a body there is nothing to undo."""
    assert decode(BODY, "", LIMIT) == BODY
    assert decode(BODY, "identity, ", LIMIT) == BODY
    assert decode(b"", "gzip", LIMIT) == b""


def test_codings_are_undone_from_the_last() -> None:
    """Stacked codings are undone in reverse, three at most."""
    assert decode(brotli.compress(gzip.compress(BODY)), "gzip, br", LIMIT) == BODY
    with pytest.raises(SourceError, match="not-a-feed"):
        decode(BODY, "gzip, gzip, gzip, gzip", LIMIT)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_several_members_are_one_body(coding: str) -> None:
    """A body of several members is read to its end, but not of any number of them."""
    member = CODINGS[coding](BODY)
    assert decode(member * 3, coding, LIMIT) == BODY * 3
    with pytest.raises(SourceError, match="not-a-feed"):
        decode(CODINGS[coding](b"") * 100_000, coding, LIMIT)


def test_padding_after_gzip_is_left_out() -> None:
    """What follows the last member is no part of the body."""
    assert decode(gzip.compress(BODY) + b"\0" * 9, "gzip", LIMIT) == BODY


@pytest.mark.parametrize("coding", CODINGS)
def test_a_bomb_is_refused_in_little_memory(coding: str) -> None:
    """60 MB in a few bytes are too large, and never held."""
    bomb = CODINGS[coding](bytes(60_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(SourceError, match="too-large"):
            decode(bomb, coding, LIMIT)
        assert tracemalloc.get_traced_memory()[1] < 20 * LIMIT
    finally:
        tracemalloc.stop()


def test_a_bomb_within_a_bomb_is_refused() -> None:
    """The bound holds for each layer."""
    inner = gzip.compress(bytes(60_000_000))
    with pytest.raises(SourceError, match="too-large"):
        decode(gzip.compress(inner), "gzip, gzip", LIMIT)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_coding_that_ends_too_early_is_truncated(coding: str) -> None:
    """A compressed body without its end is no whole body."""
    with pytest.raises(SourceError, match="truncated"):
        decode(CODINGS[coding](BODY)[:-5], coding, LIMIT)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_what_is_not_coded_so_is_damaged(coding: str) -> None:
    """A body that only claims its coding is refused, not guessed."""
    with pytest.raises(SourceError, match="not-a-feed"):
        decode(b"\xff" + BODY, coding, LIMIT)


def test_unknown_codings_are_refused() -> None:
    """A coding that was not asked for is named, printably."""
    with pytest.raises(SourceError, match="compress"):
        decode(BODY, "compress\x1b", LIMIT)


@given(body=st.binary(max_size=300), coding=st.sampled_from(sorted(CODINGS)), limit=st.integers(0, 400))
def test_any_bytes_decode_or_are_refused(body: bytes, coding: str, limit: int) -> None:
    """Whatever comes, it ends within the limit or in an error of ours."""
    with suppress(SourceError):
        assert len(decode(body, coding, limit)) <= limit
