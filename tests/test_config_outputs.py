"""Does feeds.yaml say how outputs and the site are published?"""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator import config
from aggregator.errors import ConfigError
from aggregator.model import Config

HEAD = """site: {title: DK, id: 'tag:news.example.org,2026:dk', url: https://news.example.org%s}
topics: {ozg: {any: [OZG]}}
"""


def _load(folder: Path, text: str, site: str = "") -> Config:
    file = folder / "feeds.yaml"
    file.write_text(HEAD % site + text, encoding="utf-8")
    return config.load(file, {})


def test_the_window_and_the_former_slugs_of_an_output(tmp_path: Path) -> None:
    """All keys of an output arrive; what is not told is not bounded."""
    told = _load(
        tmp_path,
        "outputs: {blick: {topics: [ozg], days: 14, per_source: 5, formerly: [alt, uralt], copies: false}}",
    ).outputs
    plain, blick = told[1], told[2]
    assert (blick.days, blick.per_source, blick.formerly, blick.copies) == (14, 5, ("alt", "uralt"), False)
    assert (plain.days, plain.per_source, plain.formerly, plain.copies) == (None, None, (), True)


def test_the_hub_and_the_legal_pages_of_a_site(tmp_path: Path) -> None:
    """`hub`, `imprint` and `privacy` are addresses."""
    site = _load(
        tmp_path, "", ", hub: https://hub.example/, imprint: https://a.example/i, privacy: https://a.example/p"
    )
    assert (site.site.hub, site.site.imprint, site.site.privacy) == (
        "https://hub.example/",
        "https://a.example/i",
        "https://a.example/p",
    )
    with pytest.raises(ConfigError, match="hub"):
        _load(tmp_path, "", ", hub: nirgends")


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ("{a: {topics: [ozg], formerly: [ozg]}}", "`ozg` is published by line 2"),
        ("{a: {topics: [ozg], formerly: [b]}, b: {topics: [ozg]}}", "`b` is published by line 3"),
        ("{a: {topics: [ozg], formerly: [c]}, b: {topics: [ozg], formerly: [c]}}", "`c` is published by line 3"),
        ("{a: {topics: [ozg], formerly: [a]}}", "`a` is published by line 3"),
        ("{a: {topics: [ozg], formerly: [all]}}", "3:41: `formerly` names `all`, which is reserved"),
        ("{a: {topics: [ozg], formerly: [b, static]}}", "`formerly` names `static`, which is reserved"),
        ("{a: {topics: [ozg], formerly: [B]}}", "`formerly` must be an id of up to 64 of the characters"),
        ("{a: {topics: [ozg], days: 0}}", "must be a whole number from 1 to 3650"),
        ("{a: {topics: [ozg], per_source: viele}}", "must be a whole number from 1 to 1000"),
    ],
)
def test_what_cannot_be_published_is_told(tmp_path: Path, outputs: str, message: str) -> None:
    """A slug is published once only, and bounds are numbers."""
    with pytest.raises(ConfigError, match=message):
        _load(tmp_path, f"outputs: {outputs}")
