"""Promises of cli/report.py: people read numbers, times and durations as they are used to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from msgspec.structs import replace

from aggregator import config, observe
from aggregator.cli import report
from aggregator.errors import SourceError
from aggregator.model import FetchPolicy, Postponed, SourceState
from aggregator.observe import SourceStatus, Status
from aggregator.output import Written
from aggregator.pipeline.conclude import Concluded
from aggregator.pipeline.pulled import Pulled, Report
from aggregator.pipeline.update import Updated
from tests.conftest import SiteFolder
from tests.runs import NOW, TOPICS

MakeFolder = Callable[..., SiteFolder]
ADDRESS = "https://amt.example/feed"


def _source_status(folder: SiteFolder, **told: object) -> SourceStatus:
    loaded = config.load(folder.config, {})
    state = SourceState(source="amt", address=ADDRESS, **told)  # type: ignore[arg-type]
    return SourceStatus(
        source=loaded.sources[0], state=state, word="ok", since=NOW, next_due=NOW, advice="Pausieren – oder „warten“."
    )


@pytest.mark.parametrize(
    ("wait", "shown"),
    [
        (timedelta(minutes=15), "15 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=26, minutes=30), "26 h 30 min"),
        (timedelta(seconds=10), "–"),
        (None, "–"),
    ],
)
def test_intervals_are_in_hours_and_minutes(site_folder: MakeFolder, wait: timedelta | None, shown: str) -> None:
    """The table shows how often a source is asked in hours and minutes, and times in the site's zone."""
    folder = site_folder(sources={"amt": ADDRESS})
    status = Status(sources=(_source_status(folder, interval=wait),), topics=(), started=None, finished=None)
    lines = list(report.status_lines(status, config.load(folder.config, {}), detailed=False))
    assert lines[1] == f"amt     ok     2025-07-20 10:30  –         {shown:<{max(5, len(shown))}}  2025-07-20 10:30"
    assert lines[2] == "amt: Pausieren – oder „warten“."


def test_a_single_source_in_full(site_folder: MakeFolder) -> None:
    """Of a single source everything is told: why its interval is what it is, its reason, the advice."""
    folder = site_folder(sources={"amt": ADDRESS}, topics=TOPICS)
    one = _source_status(
        folder,
        interval=timedelta(hours=2),
        interval_reason="quiet for 12 d",
        failure_reason="html",
        failure_detail="eine Seite\x1b[2J",
        failures=2,
    )
    status = Status(sources=(one,), topics=(), started=None, finished=None)
    lines = list(report.status_lines(status, config.load(folder.config, {}), detailed=True))
    assert "interval:        2 h (quiet for 12 d)" in lines
    assert "advice:          Pausieren – oder „warten“." in lines
    assert any(line.startswith("reason:          html: eine Seite") for line in lines)
    assert "\x1b" not in "".join(lines)


def test_the_summary_of_a_run(site_folder: MakeFolder) -> None:
    """The summary counts in singular and plural; no network, what is not due and what failed get a line each."""
    folder = site_folder(sources={"amt": ADDRESS})
    loaded = config.load(folder.config, {})
    failed = Report(
        source=loaded.sources[0], state=SourceState(source="amt"), failure=SourceError("dns", "kein\nName\x00")
    )
    updated = Updated(
        pulled=Pulled(run=1, due=1, not_due=1, reports=[failed], no_network=True),
        concluded=Concluded(new=2),
        written=Written(written=("a",), unchanged=0, removed=()),
    )
    summary, not_due, no_network, line = report.update_lines(updated, loaded)
    assert summary.startswith("1 source asked, 0 with news, 0 unchanged, 1 failed; 0 new and 0 changed entries; 2 new")
    assert summary.endswith("; 1 file written, 0 unchanged, 0 removed")
    assert not_due == "1 source not due"
    assert no_network.startswith("There is no network")
    assert line.startswith("amt: dns: kein")
    assert ("\n" in line, "\x00" in line) == (False, False)


def test_behind_a_proxy_silence_may_be_its_fault(site_folder: MakeFolder) -> None:
    """Where nobody answered, the proxy of feeds.yaml is named beside the network."""
    loaded = config.load(site_folder(sources={"amt": ADDRESS}).config, {})
    loaded = replace(loaded, fetch=FetchPolicy(proxy="http://proxy.example:3128"))
    updated = Updated(
        pulled=Pulled(run=1, no_network=True),
        concluded=Concluded(),
        written=Written(written=(), unchanged=0, removed=()),
    )
    assert list(report.update_lines(updated, loaded))[1].startswith(
        "No request was answered: there is no network, or the proxy of feeds.yaml is down, so no"
    )


def test_who_waits_was_not_asked(site_folder: MakeFolder) -> None:
    """A source whose host wants a pause is told as such, and not as one without news."""
    source = config.load(site_folder(sources={"amt": ADDRESS}).config, {}).sources[0]
    done = Report(source=source, state=SourceState(source="amt"), postponed=Postponed(until=NOW, host="amt.example"))
    assert list(report.source_lines(done, 0)) == ["amt: not asked: its host wants a pause"]


def test_what_was_understood_is_told_with_v(site_folder: MakeFolder) -> None:
    """With -v the parser's report stands under the line of its source."""
    folder = site_folder(sources={"amt": ADDRESS})
    source = config.load(folder.config, {}).sources[0]
    done = Report(source=source, state=SourceState(source="amt"), new=3, lines=("Zeile 1: „Artikel“",))
    assert list(report.source_lines(done, 0)) == ["amt: 3 new, 0 changed"]
    assert list(report.source_lines(done, 1)) == ["amt: 3 new, 0 changed", "  Zeile 1: „Artikel“"]


def test_nothing_is_printed_that_json_does_not_know(site_folder: MakeFolder) -> None:
    """A value without a JSON form is a fault of ours, not a text that nobody can read back."""
    folder = site_folder(sources={"amt": ADDRESS})
    status = observe.status(config.load(folder.config, {}), None, NOW)
    broken = Status(sources=status.sources, topics=(), started=set(), finished=None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="set has no JSON form"):
        report.status_json(broken)
    assert '"last_run": "2025-07-20T08:30:00Z"' in report.status_json(
        Status(sources=(), topics=(), started=NOW, finished=None)
    )
