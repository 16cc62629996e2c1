"""Does the repository keep what it promises to those who clone it?"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).parents[1]
SEED = REPOSITORY / "data" / "kommune21-digitale-staedte.txt"
SEED_DIGEST = "9efdbc62cd6bbc0f9a169ce984c90e4e489fe24912b0fe9da16d5d554334bdb8"
TOP_LEVEL = {
    ".ci", ".gitignore", "CHANGELOG.md", "LICENSE", "Makefile", "README.md", "aggregator", "bench", "constraints.txt",
    "data", "docs", "feeds.yaml", "pyproject.toml", "tests",
}  # fmt: skip
# Put together here from pieces, so that this file does not name what no file may name.
FOREIGN = {
    "a package index": re.compile(
        "py" + r"pi\.org|python" + r"hosted\.org|registry\." + r"npmjs|--(extra-)?index-" + "url"
    ),
    "a path of somebody's machine": re.compile(
        r"(?<![\w.~-])/(?:" + "work|root|home/[a-z]+|Users/[A-Za-z]+|opt/py" + r")/"
    ),
    "unfinished work": re.compile("TO" + "DO|FIX" + "ME|X" + "XX|pragma: no " + "cover"),
}


@cache
def _files() -> tuple[Path, ...]:
    """All files of the repository, those not yet committed too; skips where there is no git repository."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listing, cwd=REPOSITORY, check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git repository, or no git: what belongs to the repository cannot be told")
    found = (REPOSITORY / os.fsdecode(name) for name in names.split(b"\0") if name)
    return tuple(path for path in sorted(found) if path.is_file())


def _pyproject() -> dict[str, dict[str, list[str]]]:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"run": {"all": project["dependencies"]}, "dev": {"all": project["optional-dependencies"]["dev"]}}


def _declared(kind: str) -> set[str]:
    return {canonicalize_name(Requirement(line).name) for line in _pyproject()[kind]["all"]}


def _pinned() -> dict[str, str]:
    lines = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {canonicalize_name(name): version for name, version in pins}


def _needed(requirement: Requirement, seen: set[str]) -> Iterator[str]:
    """Name a distribution and all that it needs here."""
    name = canonicalize_name(requirement.name)
    if name in seen:
        return
    seen.add(name)
    yield name
    for line in metadata.requires(name) or ():
        below = Requirement(line)
        extras = requirement.extras or {""}
        if below.marker is None or any(below.marker.evaluate({"extra": extra}) for extra in extras):
            yield from _needed(below, seen)


def test_files_name_no_index_no_machine_and_nothing_unfinished() -> None:
    """No file names a package index, a path of somebody's machine, or work that was left for later."""
    wrong = []
    for path in _files():
        if path == SEED or path.is_relative_to(REPOSITORY / "tests" / "data"):
            continue
        content = path.read_bytes()
        # An image may hold any letters.
        text = "" if b"\0" in content else content.decode("utf-8", errors="replace")
        for what, pattern in FOREIGN.items():
            wrong += [f"{path}: {what}: {match.group()!r}" for match in pattern.finditer(text)]
    assert not wrong


def test_the_top_level_is_tidy() -> None:
    """At the top lies only what a newcomer expects there."""
    assert {path.relative_to(REPOSITORY).parts[0] for path in _files()} <= TOP_LEVEL


def test_nothing_that_the_program_makes_is_committed() -> None:
    """Neither the database nor what is published nor an environment belongs to the repository."""
    made = re.compile(r"^(public|\.venv|node_modules)/|\.(db|db-\w+|lock|pyc)$|(^|/)\.(coverage|hypothesis)")
    assert not [path for path in _files() if made.search(path.relative_to(REPOSITORY).as_posix())]


def test_the_seed_document_is_untouched() -> None:
    """The captured page is there byte for byte."""
    assert sha256(SEED.read_bytes()).hexdigest() == SEED_DIGEST


def test_every_installed_version_is_pinned() -> None:
    """Everything that the program and its tests need is pinned, to the version that is installed."""
    pins = _pinned()
    seen: set[str] = set()
    lines = [*_pyproject()["run"]["all"], *_pyproject()["dev"]["all"]]
    needed = [name for line in lines for name in _needed(Requirement(line), seen)]
    needed.remove("pip")  # It comes with the environment, and installs all the rest.
    wrong = {
        name: (pins.get(name), metadata.version(name)) for name in needed if pins.get(name) != metadata.version(name)
    }
    assert not wrong, f"(constraints.txt, installed): {wrong}"


def test_every_import_is_declared() -> None:
    """What the program imports is a dependency of its own, or comes with the one that it is a part of."""
    with_another = {"markupsafe": "jinja2", "pydantic-core": "pydantic"}
    owners = metadata.packages_distributions()
    imported: set[str] = set()
    for path in sorted((REPOSITORY / "aggregator").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                imported.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(str(node.module).partition(".")[0])
    libraries = imported - sys.stdlib_module_names - {"aggregator"}
    distributions = {canonicalize_name(owner) for library in libraries for owner in owners.get(library, [library])}
    assert {with_another.get(name, name) for name in distributions} <= _declared("run")


def test_every_dependency_is_argued() -> None:
    """Each dependency has its line in docs/decisions/dependencies.md, and nothing else has one."""
    page = (REPOSITORY / "docs" / "decisions" / "dependencies.md").read_text(encoding="utf-8")
    argued = {canonicalize_name(name) for name in re.findall(r"^\| ([a-z0-9.-]+) \|", page, re.MULTILINE)} - {"library"}
    assert argued == _declared("run") | _declared("dev")


def test_decisions_are_listed() -> None:
    """Every page of docs/decisions/ is linked from its README, and every link leads to a page."""
    folder = REPOSITORY / "docs" / "decisions"
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8")))
    assert linked == {path.name for path in folder.glob("*.md")} - {"README.md"}


def test_links_between_documents_lead_somewhere() -> None:
    """Every relative link in a page of documentation leads to a file."""
    link = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
    code = re.compile(r"^ {4}.*$|`[^`\n]*`", re.MULTILINE)
    pages = [path for path in _files() if path.suffix == ".md"]
    broken = [
        f"{page}: {target}"
        for page in pages
        for target in link.findall(code.sub("", page.read_text(encoding="utf-8")))
        if not (page.parent / target).exists()
    ]
    assert not broken


def test_the_changelog_is_in_form() -> None:
    """CHANGELOG.md begins with what is unreleased, newest first, under the headings of Keep a Changelog."""
    lines = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    versions = [line for line in lines if line.startswith("## ")]
    assert versions[0] == "## [Unreleased]"
    assert all(re.fullmatch(r"## \[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}", line) for line in versions[1:])
    kinds = {line for line in lines if line.startswith("### ")}
    assert kinds <= {f"### {kind}" for kind in ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")}


def test_ci_calls_nothing_that_a_user_could_not_call() -> None:
    """.ci/run is executable and calls make, with targets that `make help` shows."""
    script = REPOSITORY / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = [line for line in script.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert commands[:2] == ["set -eu", 'cd "$(dirname "$0")/.."']
    shown = subprocess.run(["make", "help"], cwd=REPOSITORY, check=True, capture_output=True, encoding="utf-8").stdout
    targets = set(re.findall(r"^  make ([a-z-]+)", shown, re.MULTILINE))
    assert {"run", "test", "serve"} <= targets
    assert {command.removeprefix("make ") for command in commands[2:]} <= targets


@pytest.mark.parametrize(
    ("python", "says"),
    [
        ("/nowhere/python3", "Python 3.11 or newer is needed"),
        ("", "Python 3.11 or newer is needed"),
        ("./python3", "apt install python{version}-venv"),
    ],
)
def test_set_up_says_what_is_missing(tmp_path: Path, python: str, says: str) -> None:
    """Where Python is missing, too old or without venv, make says what to do, and leaves nothing half-made behind."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((REPOSITORY / name).read_bytes())
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "ensurepip.py").write_text("raise ImportError\n", encoding="utf-8")
    without_venv = tmp_path / "python3"
    without_venv.write_text(f'#!/bin/sh\nPYTHONPATH=broken exec "{sys.executable}" "$@"\n', encoding="utf-8")
    without_venv.chmod(0o755)
    made = subprocess.run(
        ["make", f"PYTHON={python}", "run"], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False
    )
    assert made.returncode != 0
    assert says.format(version="{}.{}".format(*sys.version_info)) in made.stdout
    assert not (tmp_path / ".venv").exists()
