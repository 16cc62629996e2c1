"""Do the documents name only what there is?"""

from __future__ import annotations

import re

from tests.conftest import REPOSITORY

TESTS = REPOSITORY / "tests"
FETCHING = (REPOSITORY / "docs" / "fetching.md").read_text(encoding="utf-8")
FILES = {"P": "test_polling.py", "F": "test_fetch.py", "M": "test_manners.py", "W": "test_week.py"}


def test_every_test_that_fetching_names_is_there() -> None:
    """Each test of the table of rules stands in the file that is named before it."""
    named: list[tuple[str, str]] = []
    for row in re.findall(r"^\|.*\| (.*) \|$", FETCHING, flags=re.M):
        file = ""
        for letter, name in re.findall(r"(?:\b([PFMW]) )?`(test_\w+(?:\.py)?)`", row):
            file = FILES.get(letter, name if name.endswith(".py") else file)
            named.append((file, name))
    assert len(named) > 100
    for file, name in named:
        assert (TESTS / file).is_file(), (file, name)
        assert name == file or f"def {name}(" in (TESTS / file).read_text(encoding="utf-8"), (file, name)


def test_every_module_of_fetching_is_there() -> None:
    """The two tables of modules name each module of their packages, and nothing else."""
    packages = re.findall(r"^\| in `(\w+)/` \|.*\n\|---\|---\|\n((?:\|.*\n)+)", FETCHING, flags=re.M)
    assert {package for package, _ in packages} == {"fetch", "polling"}
    for package, rows in packages:
        there = {path.name for path in (REPOSITORY / "aggregator" / package).glob("*.py")}
        assert set(re.findall(r"^\| `(\w+\.py)` \|", rows, flags=re.M)) == there
