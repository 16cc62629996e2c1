"""What does our own site look like while it is measured, and did a run read everything?

A real feeds.yaml with the eight topics of the shipped one, in a folder of its own, and the real command.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parent.parent

_HEAD = """site:
  title: Prüfstand
  id: tag:news.example.org,2026:pruefstand
  url: https://news.example.org/
  contact: redaktion@example.org
  language: de
  timezone: Europe/Berlin
fetch:
  allow: [127.0.0.0/8]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A folder with a feeds.yaml, and what the program made of it."""

    folder: Path

    def write(self, urls: Sequence[str]) -> None:
        """Write feeds.yaml with a source for each address."""
        sources = "".join(
            f"  s{number}: {{feed: '{url}', title: Anzeiger {number}}}\n" for number, url in enumerate(urls)
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "feeds.yaml").write_text(f"{_HEAD}sources:\n{sources}{topics()}", encoding="utf-8")

    def command(self, *words: str) -> list[str]:
        """Give the command line of the program for this site."""
        return [sys.executable, "-m", "aggregator", "-q", "--config", str(self.folder / "feeds.yaml"), *words]

    @property
    def database(self) -> Path:
        """Where the store lies."""
        return self.folder / "data" / "aggregator.db"

    def entries(self) -> dict[int, int]:
        """Count the stored entries of each source, by its number."""
        return {
            int(name[1:]): count
            for name, count in self._rows(
                "SELECT s.id, count(e.number) FROM sources s LEFT JOIN entries e ON e.source = s.number"
                " WHERE s.rank IS NOT NULL GROUP BY s.id"
            )
        }

    def unfiled(self) -> int:
        """Count the entries that are in no story."""
        ((count,),) = self._rows("SELECT count(*) FROM entries WHERE pending OR story IS NULL")
        return int(count)

    def stories(self) -> int:
        """Count the stories."""
        ((count,),) = self._rows("SELECT count(*) FROM stories")
        return int(count)

    def members(self) -> dict[str, int]:
        """Count the stories of each topic."""
        return dict(self._rows("SELECT topic, count(*) FROM memberships GROUP BY topic"))

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(statement).fetchall()


def topics() -> str:
    """Give the topics of the shipped feeds.yaml as they stand there."""
    lines = (REPOSITORY / "feeds.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    start = lines.index("topics:\n")
    after = (number for number, line in enumerate(lines) if number > start and line[:1] not in {" ", "\n", "#"})
    return "".join(lines[start : next(after, len(lines))])


def told(output: str) -> Mapping[str, Any]:
    """Read what `update --json` printed."""
    found: Mapping[str, Any] = json.loads(output)
    return found
