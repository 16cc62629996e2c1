"""What can go wrong, and whom does it cost?

    AggregatorError            says what, where and what to do; its message begins with the place
    ├─ ConfigError             feeds.yaml itself is wrong: nothing is fetched, nothing is written (exit 3)
    ├─ LockedError             another run is at work (exit 4)
    ├─ StoreError              the database cannot be used (exit 5)
    ├─ OutputError             public/ cannot be written (exit 6)
    ├─ ListenError             the web server's address cannot be had (exit 2: another may be named)
    └─ SourceError             one source cannot be read: costs that source only, never a run

A normal outcome (not modified, a duplicate) is no error.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct


class AggregatorError(Exception):
    """An error that a user can act on; `exit_code` is what the command ends with."""

    exit_code: ClassVar[int] = 1


class Problem(Struct, frozen=True, kw_only=True):
    """One thing that is wrong in feeds.yaml, with its place; `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    message: str
    excerpt: str | None = None

    def __str__(self) -> str:
        """`feeds.yaml:LINE:COLUMN: message`, then the line itself and a caret below the column."""
        head = f"{self.file}:{self.line}:{self.column}: {self.message}"
        if self.excerpt is None:
            return head
        return f"{head}\n    {self.excerpt}\n    {' ' * (self.column - 1)}^"


class ConfigError(AggregatorError):
    """feeds.yaml is wrong; `problems` holds all of them at once, in the order of their lines."""

    exit_code = 3

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class LockedError(AggregatorError):
    """Another run holds the lock."""

    exit_code = 4


class StoreError(AggregatorError):
    """The database is missing, damaged, foreign or full."""

    exit_code = 5


class OutputError(AggregatorError):
    """The folder public/ cannot be written, or is not ours."""

    exit_code = 6


class ListenError(AggregatorError):
    """The web server cannot listen where it was told to."""

    exit_code = 2


class SourceError(AggregatorError):
    """One source cannot be read.

    `reason` is one word of the contract (`dns connect timeout tls http-NNN not-a-feed html truncated too-large
    refused-address robots parser-killed empty file-missing`), `detail` a sentence for the operator.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[SourceError], tuple[str, str]]:
        """Cross from a worker process with both fields."""
        return type(self), (self.reason, self.detail)
