"""Promises of the commands: what they print where, and the code they end with."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

import pytest
from msgspec.structs import replace

from aggregator import config
from aggregator.cli import running
from aggregator.output import Part, PublicFolder, Writing
from aggregator.pipeline.pulled import Wish
from aggregator.pipeline.workplace import Workplace, workplace
from tests.conftest import REPOSITORY, CommandLine, Here, SiteFolder
from tests.runs import TOPICS, Item, document, feed, titles, touched
from tests.servers import Answer, LoopbackServer, Request

MakeFolder = Callable[..., SiteFolder]
GOOD = Item(title="OZG-Portal gestartet")
COMMANDS = tuple("update publish serve check status add remove moved try explain plan rematch".split())


@pytest.fixture
def folder(site_folder: MakeFolder) -> SiteFolder:
    """A site of the seed document alone."""
    made = site_folder(sources={})
    made.write(sources={"seite": document(made)}, topics=TOPICS)
    return made


def test_help_imports_nothing_slow() -> None:
    """`--help` imports none of the libraries that take their time."""
    slow = "feedparser feedgen lxml httpx pydantic ruamel sqlite_utils jinja2 apscheduler rich babel uvicorn starlette"
    script = (
        "import sys\nfrom aggregator.cli import run\n"
        f"code = run(['--help'])\nprint(code, sorted(set({slow.split()!r}) & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, encoding="utf-8", cwd=REPOSITORY, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 []"
    assert all(command in done.stdout for command in COMMANDS)


def test_update_says_what_it_did(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """One summary line and one line a failed source on stdout; progress in plain lines on stderr."""
    site_folder(sources={"amt": server.url("/amt"), "weg": server.url("/weg")}, topics=TOPICS)
    server.answers["/amt"] = feed(GOOD)
    done = here("update")
    summary, failed = done.stdout.splitlines()
    assert done.code == 0
    assert summary.startswith(
        "2 sources asked, 1 with news, 0 unchanged, 1 failed; 1 new and 0 changed entries; 1 new "
    )
    assert failed.startswith("weg: http-404: ")
    assert "; failing since 20" in failed
    assert "; next try 20" in failed
    assert done.stderr.splitlines() == ["amt: 1 new, 0 changed"]
    again = here("update")
    assert again.stdout.splitlines()[1].startswith("2 sources not due; the next is due 20")


def test_update_in_json(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """`update --json` prints one object of the contract's keys, and nothing else on stdout."""
    site_folder(sources={"amt": server.url("/amt"), "weg": server.url("/weg")}, topics=TOPICS)
    server.answers["/amt"] = feed(GOOD)
    told = json.loads(here("update", "--json").stdout)
    assert {key: list(value) if isinstance(value, dict) else None for key, value in told.items()} == {
        "run": None,
        "sources": ["due", "changed", "unchanged", "failed", "not_due", "next_due"],
        "entries": ["new", "changed"],
        "stories": ["new", "joined", "changed"],
        "published": ["written", "unchanged", "removed"],
        "failures": None,
    }
    (failure,) = told["failures"]
    assert list(failure) == ["source", "reason", "detail", "since", "next"]
    assert failure["since"].endswith("Z")
    assert told["sources"] | {"next_due": ""} == {
        "due": 2, "changed": 1, "unchanged": 0, "failed": 1, "not_due": 0, "next_due": "",
    }  # fmt: skip


def test_status_in_json(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """`status --json` prints the contract's keys before any run and after one."""
    site_folder(sources={"amt": server.url("/amt"), "weg": server.url("/weg")}, topics=TOPICS)
    server.answers["/amt"] = feed(GOOD)
    before = json.loads(here("status", "--json").stdout)
    assert [one["state"] for one in before["sources"]] == ["new", "new"]
    assert before["last_run"] is None
    here("update")
    told = json.loads(here("status", "--json").stdout)
    assert list(told) == ["sources", "topics", "last_run"]
    assert list(told["sources"][0]) == (
        "id kind state since last_success last_new interval interval_reason next failures reason detail advice".split()
    )
    assert [(one["state"], one["reason"]) for one in told["sources"]] == [("ok", None), ("failing", "http-404")]
    assert isinstance(told["sources"][0]["interval"], int)
    assert told["topics"] == [
        {"id": "smart-city", "stories": 0, "newest": None},
        {"id": "ozg", "stories": 1, "newest": "2025-07-15T08:00:00Z"},
    ]
    assert told["last_run"].endswith("Z")


def test_status_for_people(folder: SiteFolder, here: Here) -> None:
    """`status` is a table of sources, topics and the last run; with an ID, all that is known of one."""
    assert here("status").stdout.splitlines()[-1] == "last run: –"
    here("update")
    lines = here("status").stdout.splitlines()
    assert lines[0].split() == ["SOURCE", "STATE", "SINCE", "LAST", "NEW", "EVERY", "NEXT"]
    assert "smart-city: 2 stories, newest 2025-07-17 12:00" in lines
    one = here("status", "seite").stdout
    assert "address:         seite.txt" in one.splitlines()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [((), 0), (("--fail-on", "any"), 1), (("--fail-on", "all"), 0), (("weg", "--fail-on", "all"), 1)],
)
def test_failing_is_what_was_asked_for(
    server: LoopbackServer, site_folder: MakeFolder, here: Here, arguments: tuple[str, ...], code: int
) -> None:
    """A failed source ends a run with 1 only where `--fail-on` says so."""
    site_folder(sources={"amt": server.url("/amt"), "weg": server.url("/weg")})
    server.answers["/amt"] = feed(GOOD)
    assert here("update", *arguments).code == code


def test_quiet_is_silent_where_all_went_well(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """With -q nothing is printed by a run that ends with 0, failed sources and warnings or not."""
    site_folder(sources={"amt": server.url("/amt"), "weg": server.url("/weg"), "x": "http://x.example/${FEHLT}"})
    server.answers["/amt"] = feed(GOOD)
    for arguments in (("update",), ("publish",), ("status",)):
        done = here("-q", *arguments)
        assert (done.code, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("update", "seit"), "did you mean 'seite'?"),
        (("status", "ganz-anders"), "`aggregator status` lists them"),
        (("update", "--wait", "bald"), "'bald' is no duration; say for example 30s, 5m or 1h"),
        (("update", "--wait", ""), "'' is no duration"),
        (("-v", "-q", "status"), "-v and -q contradict each other"),
        (("updaet",), "No such command"),
        (("serve", "--port", "70000"), "70000 is not in the range"),
    ],
)
def test_wrong_usage(folder: SiteFolder, here: Here, arguments: tuple[str, ...], says: str) -> None:
    """Wrong usage ends with 2, says what would be right, and makes nothing."""
    done = here(*arguments)
    assert done.code == 2
    assert says in done.stderr
    assert not folder.data.exists()


@pytest.mark.parametrize("command", ["update", "publish", "check", "status", "serve"])
def test_a_wrong_feeds_yaml_stops_everything(
    server: LoopbackServer, site_folder: MakeFolder, here: Here, command: str
) -> None:
    """A mistake in feeds.yaml ends with 3 and its place; nothing is fetched, nothing is written."""
    folder = site_folder(sources={"amt": server.url("/amt")}, topics={"ozg": {"any": ["OZG"], "farbe": "rot"}})
    done = here(command)
    assert done.code == 3
    assert "feeds.yaml:" in done.stderr
    assert "^" in done.stderr
    assert server.requests == []
    assert [path.name for path in folder.path.iterdir()] == ["feeds.yaml"]


def test_check_reads_and_writes_nothing(folder: SiteFolder, here: Here) -> None:
    """`check` tells what the local files hold, needs no database and makes none."""
    assert len(here("check").stdout.splitlines()) == 2
    done = here("-v", "check")
    assert done.code == 0
    assert done.stdout.splitlines()[0] == "seite: 16 entries in seite.txt"
    assert done.stdout.splitlines()[-1] == "feeds.yaml: 1 source, 2 topics, 3 outputs"
    assert len(done.stdout.splitlines()) > 2
    assert json.loads(here("check", "--json").stdout) == {
        "problems": [], "warnings": [], "sources": 1, "topics": 2, "outputs": 3,
    }  # fmt: skip
    assert not folder.data.exists()


def test_a_failing_example_warns_in_each_update_until_it_holds(site_folder: MakeFolder, here: Here) -> None:
    """It warns every time while it fails, and again where topics that held are changed so that it fails."""
    folder = site_folder(sources={})
    source = document(folder)

    def warned(example: str) -> bool:
        topics = {"ozg": {"title": "OZG", "any": ["Fördermittel"], "examples": {"yes": [example]}}}
        folder.write(sources={"seite": source}, topics=topics)
        done = here("update")
        assert done.code == 0
        return "should be in, but" in done.stderr

    examples = ("Straßenfest", "Straßenfest", "Fördermittel", "Fördermittel", "Straßenfest", "Straßenfest")
    assert [warned(example) for example in examples] == [True, True, False, False, True, True]


def test_what_the_world_lacks_fails_check_and_warns_in_update(site_folder: MakeFolder, here: Here) -> None:
    """A missing document and an unset variable: exit 3 in `check`, even with -q; a warning in `update`, exit 0."""
    folder = site_folder(sources={"seite": {"document": "fehlt.txt"}, "intern": "https://x.example/${FEED_KEY}"})
    for arguments in (("check",), ("-q", "check")):
        done = here(*arguments)
        assert done.code == 3
        assert [line.count("feeds.yaml:") for line in done.stderr.splitlines()] == [1, 1]
        assert "file-missing" in done.stderr
        assert "${FEED_KEY}" in done.stderr
    assert len(json.loads(here("check", "--json").stdout)["warnings"]) == 2
    updated = here("update")
    assert updated.code == 0
    assert "WARNING" in updated.stderr
    assert "seite: file-missing: " in updated.stdout
    assert "intern: unset: " in updated.stdout
    assert (folder.public / "index.html").is_file()


def test_check_names_mistakes_in_json(site_folder: MakeFolder, here: Here) -> None:
    """`check --json` gives each mistake with its place and ends with 3."""
    site_folder(sources={"amt": "ftp://amt.example/"})
    done = here("check", "--json")
    (problem,) = json.loads(done.stdout)["problems"]
    assert done.code == 3
    assert (problem["file"].endswith("feeds.yaml"), problem["line"] > 1, problem["column"] > 1) == (True,) * 3
    assert json.loads(done.stdout)["sources"] is None


@pytest.mark.parametrize("command", ["update", "publish"])
def test_a_lost_database_ends_with_five(folder: SiteFolder, here: Here, command: str) -> None:
    """A lost database is refused with how to restore it; `--new` starts anew; a damaged one is refused too."""
    here("update")
    for file in folder.data.glob("aggregator.db*"):
        file.unlink()
    before = touched(folder)
    done = here(command)
    assert done.code == 5
    assert "Restore it from your backup" in done.stderr
    assert (touched(folder), folder.database.exists()) == (before, False)
    assert here(command, "--new").code == 0
    assert len(titles(folder)) == (16 if command == "update" else 0)
    for file in folder.data.glob("aggregator.db*"):
        file.write_bytes(b"kein SQLite " * 999)
    assert (here(command).code, here("status").code) == (5, 5)


def test_a_full_disk_ends_with_five(folder: SiteFolder, run_cli: CommandLine) -> None:
    """A database that may not grow any more is said so, and what it held stays."""
    run_cli("publish")
    script = (
        "import resource, sys\nfrom aggregator.cli import run\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000,) * 2)\nsys.exit(run())"
    )
    # A measured process would write its coverage to the full disk too, and leave half of it.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    environ["PYTHONPATH"] = str(REPOSITORY)
    done = subprocess.run(
        [sys.executable, "-c", script, "--config", str(folder.config), "update"],
        capture_output=True, encoding="utf-8", env=environ, check=False,
    )  # fmt: skip
    assert done.returncode == 5
    assert "free some space on the disk" in done.stderr
    assert run_cli("update").code == 0
    assert len(titles(folder)) == 16


def test_a_foreign_public_ends_with_six(folder: SiteFolder, here: Here) -> None:
    """A public/ that is not ours is left alone, exit 6."""
    folder.public.mkdir()
    (folder.public / "meins.html").write_text("–", encoding="utf-8")
    done = here("update")
    assert done.code == 6
    assert "meins.html" in done.stderr
    assert [path.name for path in folder.public.iterdir()] == ["meins.html"]


def test_publish_says_what_it_wrote(folder: SiteFolder, here: Here) -> None:
    """`publish` tells how many files it wrote, in a line or as JSON."""
    here("update")
    (folder.public / "ozg.atom").unlink()
    assert here("publish").stdout.startswith("1 file written, ")
    assert json.loads(here("publish", "--json").stdout)["published"]["written"] == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_drains(site_folder: MakeFolder, run_cli: CommandLine, number: int, code: int) -> None:
    """A run that is told to end records and publishes what it has, and ends with 128 + the signal."""
    with LoopbackServer(addresses=("127.0.0.1", "127.0.0.2")) as server:
        folder = site_folder(sources={"amt": server.url("/amt"), "blatt": server.url("/b", address="127.0.0.2")})
        server.answers |= {"/amt": feed(GOOD), "/b": Answer(hold=threading.Event())}
        running_update = run_cli.start("update")
        assert running_update.stderr is not None
        assert running_update.stderr.readline() == "amt: 1 new, 0 changed\n"
        server.wait_for(2)
        running_update.send_signal(number)
        stdout, _ = running_update.communicate(timeout=20)
    assert running_update.returncode == code
    assert stdout.startswith("2 sources asked, 1 with news, ")
    assert titles(folder) == ["OZG-Portal gestartet"]


def test_a_signal_lets_go_of_what_is_in_flight(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """An answer that comes with the signal is not waited for: its source stays due, and no failure counts."""

    def answer(_request: Request) -> Answer:
        os.kill(os.getpid(), signal.SIGTERM)
        return Answer(hold=threading.Event())

    site_folder(sources={"amt": server.url("/amt")})
    server.answers["/amt"] = answer
    assert here("update").code == 143
    (one,) = json.loads(here("status", "--json").stdout)["sources"]
    assert (one["state"], one["failures"]) == ("new", 0)
    server.answers["/amt"] = feed(GOOD)
    assert here("update").stdout.startswith("1 source asked, 1 with news, ")


class _SlowFolder(PublicFolder):
    """A folder to which writing takes so long that somebody gets impatient."""

    def prepare(self, parts: Sequence[Part]) -> Writing:
        os.kill(os.getpid(), signal.SIGTERM)
        return super().prepare(parts)


def test_a_signal_while_publishing_is_heard(folder: SiteFolder) -> None:
    """A signal that comes when all is fetched lets the run end whole, and is told; the old handlers are back."""
    former = signal.getsignal(signal.SIGTERM)
    with workplace(config.load(folder.config, {})) as place:
        public = _SlowFolder(folder.public, place.store.database)
        slow = Workplace(config=place.config, store=place.store, public=public)
        _, heard = running.update(slow, Wish(), -1)
    assert heard == signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is former
    assert len(titles(folder)) == 16


def test_a_terminal_gets_a_bar(folder: SiteFolder, run_cli: CommandLine) -> None:
    """Where stderr is a terminal a bar is shown in place of lines; stdout is the same."""
    ours, theirs = pty.openpty()
    shown = b""
    with subprocess.Popen(
        [sys.executable, "-m", "aggregator", "--config", str(folder.config), "update"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs, encoding="utf-8",
        env=run_cli.environ | {"PYTHONPATH": str(REPOSITORY), "TERM": "xterm"},
    ) as process:  # fmt: skip
        os.close(theirs)
        # A terminal that nobody writes to any more ends with an error on Linux.
        with contextlib.suppress(OSError):
            while part := os.read(ours, 4096):
                shown += part
        stdout, _ = process.communicate(timeout=20)
    os.close(ours)
    assert process.returncode == 0
    assert b"Sources" in shown
    assert b"seite: 16 new" not in shown
    assert stdout.startswith("1 source asked, 1 with news")


def test_lines_of_a_stranger_are_made_safe(server: LoopbackServer, site_folder: MakeFolder, here: Here) -> None:
    """What a server says of itself cannot move the cursor or add a line to what is printed."""
    page = "<!DOCTYPE html><html><head><title>Weg\x1b[2J &#10; amt: 99 new</title></head></html>"
    site_folder(sources={"weg": server.url("/weg")})
    server.answers["/weg"] = Answer(body=page.encode())
    done = here("update")
    assert "\x1b" not in done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == 2
    assert here("status").stdout.count("\x1b") == 0


def test_a_fault_of_the_program_is_told_without_a_traceback(folder: SiteFolder, here: Here) -> None:
    """What nobody foresaw ends with 70 and one line; -v shows where it happened."""
    here("update")
    with sqlite3.connect(folder.database) as database:
        database.execute("UPDATE sources SET state = 'Unsinn'")
    database.close()
    done, wordy = here("status"), here("-v", "status")
    assert (done.code, wordy.code) == (70, 70)
    assert len(done.stderr.splitlines()) == 1
    assert "a fault of the program" in done.stderr
    assert "Traceback" in wordy.stderr


def test_an_impatient_user_ends_the_wait(folder: SiteFolder, run_cli: CommandLine, server: LoopbackServer) -> None:
    """Ctrl-C while waiting for another run's lock ends with 130."""
    folder.write(sources={"amt": server.url("/amt")})
    go = threading.Event()
    server.answers["/amt"] = replace(feed(GOOD), hold=go)
    first = run_cli.start("update")
    server.wait_for(1)
    waiting = run_cli.start("-v", "update", "--wait", "1h")
    assert waiting.stderr is not None
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(1.5)
    waiting.send_signal(signal.SIGINT)
    assert waiting.wait(10) == 130
    go.set()
    assert first.wait(10) == 0


def test_status_tells_of_a_lost_database(folder: SiteFolder, here: Here) -> None:
    """Where public/ was published from a database that is gone, `status` says so and makes none."""
    here("update")
    for file in folder.data.glob("aggregator.db*"):
        file.unlink()
    done = here("status")
    assert done.code == 0
    assert "is missing or empty beside a public/" in done.stderr
    assert not folder.database.exists()
