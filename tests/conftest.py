"""What do all tests share?

A scripted server, a folder with feeds.yaml, the real commands, and a proof of the core's purity.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from aggregator import cli
from tests.purity import pure_core
from tests.servers import LoopbackServer

REPOSITORY = Path(__file__).parents[1]

# A machine that is busy with something else makes no test fail.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell ignores Ctrl-C for what it starts in the background, and so would every command that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)

SITE: Mapping[str, object] = {
    "title": "Digitale Kommune – „Prüfstand“",
    "id": "tag:news.example.org,2026:pruefstand",
    "url": "https://news.example.org/",
    "language": "de",
    "timezone": "Europe/Berlin",
    "contact": "redaktion@example.org",
}


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Undo what a command that ran in this process says of the log: no test hears more or less by another one."""
    logger = logging.getLogger("aggregator")
    former = logger.handlers[:], logger.level, logger.propagate
    yield
    logger.handlers[:], logger.level, logger.propagate = former


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFolder:
    """A folder as an operator has it: feeds.yaml, and what the program makes beside it."""

    path: Path

    @property
    def config(self) -> Path:
        """The file feeds.yaml."""
        return self.path / "feeds.yaml"

    @property
    def public(self) -> Path:
        """The folder that is published; made by the program."""
        return self.path / "public"

    @property
    def data(self) -> Path:
        """The folder of the database and the lock; made by the program."""
        return self.path / "data"

    @property
    def database(self) -> Path:
        """The database; made by the program."""
        return self.data / "aggregator.db"

    def published(self) -> dict[str, bytes]:
        """All published files by their name below public/, `.aggregator.json` and compressed twins left out."""
        files = (path for path in sorted(self.public.rglob("*")) if path.is_file())
        names = {path.relative_to(self.public).as_posix(): path.read_bytes() for path in files}
        names.pop(".aggregator.json", None)
        return {name: content for name, content in names.items() if name[-3:] not in {".gz", ".br"}}

    def write(
        self,
        *,
        sources: Mapping[str, object],
        topics: Mapping[str, object] | None = None,
        outputs: Mapping[str, object] | None = None,
        site: Mapping[str, object] | None = None,
        allow: tuple[str, ...] = ("127.0.0.0/8",),
    ) -> None:
        """Write feeds.yaml in its grammar; loopback is open to the sources unless `allow` differs."""
        sections: dict[str, Mapping[str, object] | None] = {
            "site": {**SITE, **(site or {})},
            "fetch": {"allow": list(allow)} if allow else None,
            "sources": sources,
            "topics": topics,
            "outputs": outputs,
        }
        # JSON is YAML: each value stands in JSON behind its key, one key on a line.
        lines = [
            line
            for name, section in sections.items()
            if section
            for line in (f"{name}:", *(f"  {key}: {_json(value)}" for key, value in section.items()))
        ]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """How a command ended: `code` is negative where a signal ended it."""

    code: int
    stdout: str
    stderr: str


Here = Callable[..., Completed]


@dataclass(slots=True, kw_only=True)
class CommandLine:
    """The commands as a user runs them: `python -m aggregator …`, each in a process of its own."""

    config: Path
    environ: dict[str, str] = field(default_factory=lambda: dict(os.environ), repr=False)
    _started: list[subprocess.Popen[str]] = field(default_factory=list, repr=False)

    def __call__(self, *arguments: str, timeout: float = 60.0, **environ: str) -> Completed:
        """Run a command to its end, with more environment variables where they are named."""
        process = self.start(*arguments, **environ)
        stdout, stderr = process.communicate(timeout=timeout)
        return Completed(code=process.returncode, stdout=stdout, stderr=stderr)

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Start a command and leave it running; it is killed when the test ends."""
        process = subprocess.Popen(
            [sys.executable, "-m", "aggregator", "--config", str(self.config), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            cwd=self.config.parent,
            # This tree, whatever is installed.
            env={**self.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "1", **environ},
        )
        self._started.append(process)
        return process

    def close(self) -> None:
        """End what still runs."""
        for process in self._started:
            with process:
                process.kill()


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A scripted server on 127.0.0.1; for more addresses make a `LoopbackServer(addresses=…)` yourself."""
    with LoopbackServer() as running:
        yield running


@pytest.fixture
def site_folder(tmp_path: Path) -> Callable[..., SiteFolder]:
    """Make a folder with a feeds.yaml: `site_folder(sources={"a": server.url("/feed.xml")}, topics={…})`."""

    def make(**sections: object) -> SiteFolder:
        folder = SiteFolder(path=tmp_path)
        folder.write(**sections)  # type: ignore[arg-type]
        return folder

    return make


@pytest.fixture
def run_cli(tmp_path: Path) -> Iterator[CommandLine]:
    """Run the real commands on the feeds.yaml of this test's folder: `run_cli("update", "--json").stdout`."""
    commands = CommandLine(config=tmp_path / "feeds.yaml")
    yield commands
    commands.close()


@pytest.fixture(scope="module")
def pure() -> Iterator[None]:
    """Take files, sockets, clock and dice away from the pure core (L1) while the tests of a file run.

    tests/purity.py says what that means. In the file: `pytestmark = pytest.mark.usefixtures("pure")`.
    """
    with pure_core():
        yield


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


@pytest.fixture
def here(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Here:
    """Run a command on this test's folder without a process of its own, which takes longer than all it does."""

    def run(*arguments: str) -> Completed:
        code = cli.run(["--config", str(tmp_path / "feeds.yaml"), *arguments])
        printed = capsys.readouterr()
        return Completed(code=code, stdout=printed.out, stderr=printed.err)

    return run
