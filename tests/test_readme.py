"""Is what the documents tell a newcomer true?"""

from __future__ import annotations

import re
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click

from aggregator import config, errors
from aggregator.cli import commands, register
from tests.conftest import CommandLine

register()

REPOSITORY = Path(__file__).parents[1]
README = REPOSITORY / "README.md"
GUIDES = (README, REPOSITORY / "docs" / "operating.md")
CALL = re.compile(r"\baggregator((?: +(?:--?[a-z][a-z-]*|\[?[A-Za-z0-9:.…|-]+\]?))+)")
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """Give the fenced blocks of the README that are in a language."""
    found = re.findall(rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found
    return found


def codes() -> Iterator[str]:
    """Give what the guides show as code: each line of a block, and each `code` in a sentence."""
    for guide in GUIDES:
        text = guide.read_text(encoding="utf-8")
        yield from (line for block in FENCE.findall(text) for line in block.splitlines())
        yield from re.findall(r"^ {4}(.*)$", text, re.MULTILINE)
        yield from (" ".join(code.split()) for code in re.findall(r"`([^`]+)`", FENCE.sub("", text)))


def calls() -> Iterator[list[str]]:
    """Give the words behind `aggregator` of each call in the guides."""
    for code in codes():
        yield from (match.group(1).split() for match in CALL.finditer(code))


def options(of: click.Command) -> set[str]:
    """Give the options of a command, `--help` among them."""
    return {name for parameter in of.params for name in parameter.opts} | {"-h", "--help"}


def test_the_example_is_a_complete_feeds_yaml(tmp_path: Path) -> None:
    """The feeds.yaml of the README can be copied and used as it stands."""
    (example,) = blocks("yaml")
    path = tmp_path / "feeds.yaml"
    path.write_text(example, encoding="utf-8")
    loaded = config.load(path, {})
    assert not loaded.warnings
    assert [output.slug for output in loaded.outputs] == ["all", "smart-city", "ozg", "wochenblick"]


def test_commands_and_options_exist() -> None:
    """Every command and every option that a guide names is there."""
    everywhere = options(commands).union(*(options(each) for each in commands.commands.values()))
    assert {word for code in codes() if code.startswith("--") for word in code.split()[:1]} <= everywhere
    named: set[str] = set()
    for words in calls():
        name = next((word for word in words if not word.startswith("-")), None)
        known = options(commands)
        if name is not None:
            assert name in commands.commands, words
            named.add(name)
            known |= options(commands.commands[name])
        assert {word for word in words if word.startswith("-")} <= known, words
    assert {"update", "publish", "serve", "check", "status"} <= named


def test_make_targets_exist() -> None:
    """Every target of make that a guide names is there."""
    shown = subprocess.run(["make", "help"], cwd=REPOSITORY, check=True, capture_output=True, encoding="utf-8").stdout
    targets = set(re.findall(r"^  make ([a-z-]+)", shown, re.MULTILINE))
    named = {
        target
        for guide in GUIDES
        for target in re.findall(r"(?:`|\$ )make ([a-z-]+)", guide.read_text(encoding="utf-8"))
    }
    assert {"run", "serve", "test"} <= named <= targets


def test_exit_codes_are_explained() -> None:
    """The README's table holds every exit code with which an error ends a command."""
    told = re.findall(r"^\| (\d+(?:, \d+)*) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    codes = {int(code) for row in told for code in row.split(", ")}
    classes = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert {kind.exit_code for kind in classes if issubclass(kind, errors.AggregatorError)} <= codes
    assert {0, 1, 2, 3, 4, 5, 6, 70, 130, 143} == codes


def test_the_mistake_is_told_as_shown(tmp_path: Path) -> None:
    """A misspelt key in the shipped feeds.yaml is told word for word as the README shows it."""
    shown = next(block for block in blocks("console") if "titel" in block).split("\n", 1)[1]
    text = (REPOSITORY / "feeds.yaml").read_text(encoding="utf-8")
    (tmp_path / "feeds.yaml").write_text(text.replace("    title: OZG\n", "    titel: OZG\n"), encoding="utf-8")
    checked = CommandLine(config=tmp_path / "feeds.yaml")("check")
    assert (checked.code, checked.stderr.replace(f"{tmp_path}/", "")) == (3, shown)


def test_the_first_run_publishes_the_files_that_are_shown() -> None:
    """Every file that `make run` lists in the README is one that the shipped feeds.yaml publishes."""
    shown = next(block for block in blocks("console") if "make run" in block)
    listed = shown.partition("Published in public/:\n")[2].partition("\n\n")[0].split()
    outputs = config.load(REPOSITORY / "feeds.yaml", {}).outputs
    feeds = {f"{output.slug}.{form.value}" for output in outputs for form in output.formats}
    assert listed.pop() == "…"
    assert len(listed) >= 6
    assert set(listed) <= {*feeds, "index.html", "sources.opml", "feeds.opml"}


def test_the_picture_is_small() -> None:
    """The README's picture is a PNG that is wide enough to be read and small enough to be loaded."""
    picture = (REPOSITORY / "docs" / "images" / "topic-page.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    width, _ = struct.unpack(">II", picture[16:24])
    assert width >= 900
    assert len(picture) < 200_000


def test_the_map_shows_the_whole_program() -> None:
    """docs/architecture.md names every module and package of the program, and none that is not there."""
    page = (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^    [├└]─ ([a-z_]+(?:\.py|/))", page, re.MULTILINE))
    there = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in (REPOSITORY / "aggregator").iterdir()
        if path.suffix == ".py" or any(path.glob("*.py"))
    }
    assert shown == there - {"__init__.py"}
