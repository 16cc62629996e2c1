"""Is what a feeds.yaml said remembered, and never in place of what it says?"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from aggregator import config
from aggregator.config import memory
from aggregator.errors import ConfigError
from tests.conftest import REPOSITORY, SiteFolder

MakeFolder = Callable[..., SiteFolder]
ADDRESS = "https://amt.example/feed"


@pytest.fixture
def folder(site_folder: MakeFolder) -> SiteFolder:
    """A site with the folder that a first run makes."""
    made = site_folder(sources={"amt": ADDRESS}, topics={"ozg": {"any": ["OZG"]}})
    (made.path / "data").mkdir()
    return made


def _known(folder: SiteFolder) -> Path:
    return folder.path / "data" / "feeds.known"


def test_what_is_remembered_is_what_is_read(folder: SiteFolder) -> None:
    """All of it comes back the same: zones, durations, kinds, examples, places."""
    folder.config.write_text((REPOSITORY / "feeds.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    read = config.load(folder.config, {})
    assert memory.load(folder.config, {}) == read
    before = _known(folder).read_bytes()
    assert memory.load(folder.config, {}) == read
    assert _known(folder).read_bytes() == before


def test_a_changed_text_is_read_anew(folder: SiteFolder) -> None:
    """Any change counts, and a mistake is told each time."""
    memory.load(folder.config, {})
    folder.write(sources={"amt": ADDRESS, "blatt": "https://blatt.example/feed"}, topics={"ozg": {"any": ["OZG"]}})
    assert [source.id for source in memory.load(folder.config, {}).sources] == ["amt", "blatt"]
    right = folder.config.read_text(encoding="utf-8")
    folder.config.write_text(right + "quellen: {}\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(ConfigError, match="there is no key `quellen`"):
            memory.load(folder.config, {})
    folder.config.write_text(right, encoding="utf-8")
    assert len(memory.load(folder.config, {}).sources) == 2


def test_places_are_named_as_the_file_is(folder: SiteFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same file by another name is read for itself: messages name it as the operator does."""
    monkeypatch.chdir(folder.path)
    for path in (folder.config, Path("feeds.yaml")):
        assert memory.load(path, {}).sources[0].place.startswith(f"{path}:")


@pytest.mark.parametrize(
    "source",
    [
        {"feed": "https://amt.example/${GEHEIM}"},
        {"feed": ADDRESS, "user": "${GEHEIM}"},
        {"feed": ADDRESS, "headers": {"X-Schluessel": "geheim"}},
        {"feed": ADDRESS, "user": "nutzer", "password": "geheim"},
    ],
    ids=["variable", "user", "header", "password"],
)
def test_secrets_are_not_remembered(folder: SiteFolder, source: dict[str, object]) -> None:
    """What needs the environment or holds a secret is read each time, and nothing of it is written."""
    folder.write(sources={"amt": source})
    for value in ("geheim", "anders"):
        environ = {"GEHEIM": value}
        assert memory.load(folder.config, environ) == config.load(folder.config, environ)
    assert not _known(folder).exists()


def test_warnings_are_told_each_time(folder: SiteFolder) -> None:
    """What the world made wrong is looked at again."""
    told = folder.config.read_text(encoding="utf-8")
    folder.config.write_text(told.replace("fetch:\n", "fetch:\n  ca_bundle: amt.pem\n"), encoding="utf-8")
    assert "is not there" in memory.load(folder.config, {}).warnings[0]
    (folder.path / "amt.pem").write_text("–", encoding="utf-8")
    assert memory.load(folder.config, {}).warnings == ()


@pytest.mark.parametrize("cut", [0, 5, 40, 200])
def test_a_broken_memory_is_none(folder: SiteFolder, cut: int) -> None:
    """One that was cut short or made by something else is read over."""
    read = memory.load(folder.config, {})
    whole = _known(folder).read_bytes()
    for broken in (whole[:cut], whole[:32] + b"\xff" + whole[33:]):
        _known(folder).write_bytes(broken)
        assert memory.load(folder.config, {}) == read
        assert _known(folder).read_bytes() == whole


def test_it_does_without_a_memory(folder: SiteFolder) -> None:
    """Where nothing can be written, and before the first run, feeds.yaml is read each time."""
    (folder.path / "data").rmdir()
    assert memory.load(folder.config, os.environ) == memory.load(folder.config, os.environ)
    assert not (folder.path / "data").exists()
    with pytest.raises(ConfigError, match="cannot be read"):
        memory.load(folder.path / "nichts.yaml", {})
