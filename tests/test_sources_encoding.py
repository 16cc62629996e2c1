"""Encoding: one fault does not turn a document of UTF-8 into another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.sources.encoding import utf_8

pytestmark = pytest.mark.usefixtures("pure")

TEXT = "Straße in Köln, „Brücke“ – 5 € mehr"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (b"f\xc3", "f\ufffd"),
        (b"5 \xe2\x82", "5 \ufffd"),
        (b"M\xfcnchen", "München"),
        (b"\x84Rat\x93", "„Rat“"),
        (b"\x81", "\ufffd"),
    ],
)
def test_faults(fault: bytes, expected: str) -> None:
    """What was cut is told as missing, what is of windows-1252 is read so, and all else stays."""
    body = TEXT.encode() + b"|" + fault + b"|" + TEXT.encode()
    assert utf_8(body) == f"{TEXT}|{expected}|{TEXT}"


@pytest.mark.parametrize("text", [TEXT, "„Großer Spaß“ für Mädchen", "Müller", "Maß", "Öffnung"])
@pytest.mark.parametrize("codec", ["windows-1252", "mac-roman", "cp437"])
def test_another_encoding(text: str, codec: str) -> None:
    """What is in another encoding as a whole is left to who knows which."""
    body = text.encode(codec, "ignore")
    assert utf_8(body) is None


@given(st.text())
def test_valid(text: str) -> None:
    """What is valid stays."""
    assert utf_8(text.encode("utf-8", "ignore")) == text.encode("utf-8", "ignore").decode()


@given(st.binary(max_size=60))
def test_any_bytes(fault: bytes) -> None:
    """Whatever is given, what stands around it is read."""
    body = TEXT.encode() * 30 + fault + TEXT.encode()
    told = utf_8(body)
    assert told
    assert told.startswith(TEXT)
    assert told.endswith(TEXT)
