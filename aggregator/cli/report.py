"""What is printed of a run, of the sources and of feeds.yaml: lines for people, JSON for programs?

JSON is one object with snake_case names, times in RFC 3339 UTC, durations in seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aggregator.errors import SourceError
from aggregator.text import printable

if TYPE_CHECKING:
    from aggregator.errors import Problem
    from aggregator.model import Config
    from aggregator.observe import SourceStatus, Status
    from aggregator.output import Written
    from aggregator.pipeline import LocalReading, Report, Updated


def update_lines(updated: Updated, config: Config) -> Iterator[str]:
    """Give the summary line of a run, then one line for each source that failed."""
    pulled, concluded = updated.pulled, updated.concluded
    zone = config.site.timezone
    parts = [
        _count(pulled.due, "source") + " asked",
        f"{pulled.answered_with_news} with news",
        f"{pulled.unchanged} unchanged",
        f"{len(pulled.failed)} failed",
    ]
    yield (
        f"{', '.join(parts)}; {pulled.new} new and {pulled.changed} changed entries; {concluded.new} new stories,"
        f" {concluded.joined} joined, {concluded.changed} changed; {written_line(updated.written)}"
    )
    if pulled.not_due:
        when = f"; the next is due {_time(pulled.next_due, zone)}" if pulled.next_due else ""
        yield f"{_count(pulled.not_due, 'source')} not due{when}"
    if pulled.no_network:
        yield "There is no network: no request was answered, so no source's failure counts"
    for done in pulled.failed:
        yield _failed_line(done, zone)


def source_lines(done: Report, verbosity: int) -> Iterator[str]:
    """Give a line about one source of a run that is under way; with -v also what was understood of a document."""
    if done.failure:
        yield f"{done.source.id}: {done.failure.reason}: {printable(done.failure.detail)}"
    else:
        yield f"{done.source.id}: {done.new} new, {done.changed} changed"
    if verbosity > 0:
        yield from (f"  {printable(line)}" for line in done.lines)


def update_json(updated: Updated) -> str:
    """Give what a run did, as JSON."""
    pulled, concluded = updated.pulled, updated.concluded
    return _json(
        {
            "run": pulled.run,
            "sources": {
                "due": pulled.due,
                "changed": pulled.answered_with_news,
                "unchanged": pulled.unchanged,
                "failed": len(pulled.failed),
                "not_due": pulled.not_due,
                "next_due": pulled.next_due,
            },
            "entries": {"new": pulled.new, "changed": pulled.changed},
            "stories": {"new": concluded.new, "joined": concluded.joined, "changed": concluded.changed},
            "published": _written(updated.written),
            "failures": [
                {
                    "source": done.source.id,
                    "reason": done.failure.reason,
                    "detail": printable(done.failure.detail),
                    "since": done.state.failing_since,
                    "next": done.next_due,
                }
                for done in pulled.failed
                if done.failure
            ],
        }
    )


def publish_json(written: Written) -> str:
    """Give what a publish did, as JSON."""
    return _json({"published": _written(written)})


def written_line(written: Written) -> str:
    """Give in words what a publish did."""
    return (
        f"{_count(len(written.written), 'file')} written, {written.unchanged} unchanged, {len(written.removed)} removed"
    )


def status_lines(status: Status, config: Config, *, detailed: bool) -> Iterator[str]:
    """Give a table of the sources, the topics and the last run; of a single source everything that is known."""
    zone = config.site.timezone
    if detailed:
        yield from _source_details(status.sources[0], zone)
        return
    rows = [("SOURCE", "STATE", "SINCE", "LAST NEW", "EVERY", "NEXT"), *(_row(one, zone) for one in status.sources)]
    yield from _table(rows)
    for one in status.sources:
        if one.advice:
            yield f"{one.source.id}: {one.advice}"
    yield ""
    for topic in status.topics:
        yield f"{topic.id}: {_count(topic.stories, 'story', 'stories')}, newest {_time(topic.newest, zone)}"
    yield f"last run: {_time(status.started, zone)}"


def status_json(status: Status) -> str:
    """Give how sources, topics and the last run are, as JSON."""
    return _json(
        {
            "sources": [
                {
                    "id": one.source.id,
                    "kind": one.source.kind.value,
                    "state": one.word,
                    "since": one.since,
                    "last_success": one.state.last_success,
                    "last_new": one.state.last_new,
                    "interval": one.state.interval,
                    "interval_reason": one.state.interval_reason,
                    "next": one.next_due,
                    "failures": one.state.failures,
                    "reason": one.state.failure_reason,
                    "detail": one.state.failure_detail and printable(one.state.failure_detail),
                    "advice": one.advice,
                }
                for one in status.sources
            ],
            "topics": [{"id": topic.id, "stories": topic.stories, "newest": topic.newest} for topic in status.topics],
            "last_run": status.finished or status.started,
        }
    )


def check_lines(config: Config, readings: Sequence[LocalReading], verbosity: int) -> Iterator[str]:
    """Give what was found in feeds.yaml and in the local files that can be read."""
    for reading in readings:
        if reading.problem:
            continue
        yield f"{reading.source.id}: {_count(reading.entries, 'entry', 'entries')} in {reading.source.address}"
        if verbosity > 0:
            yield from (f"  {printable(line)}" for line in reading.report)
    yield (
        f"feeds.yaml: {_count(len(config.sources), 'source')}, {_count(len(config.topics), 'topic')},"
        f" {_count(len(config.outputs), 'output')}"
    )


def check_json(config: Config | None, problems: Iterable[Problem], wrong: Iterable[str]) -> str:
    """Give what is wrong with feeds.yaml and the local files, as JSON."""
    return _json(
        {
            "problems": [
                {"file": one.file, "line": one.line, "column": one.column, "message": one.message} for one in problems
            ],
            "warnings": list(wrong),
            "sources": len(config.sources) if config else None,
            "topics": len(config.topics) if config else None,
            "outputs": len(config.outputs) if config else None,
        }
    )


def _written(written: Written) -> dict[str, int]:
    return {"written": len(written.written), "unchanged": written.unchanged, "removed": len(written.removed)}


def _failed_line(done: Report, zone: ZoneInfo) -> str:
    failure = done.failure or SourceError("", "")
    line = f"{done.source.id}: {failure.reason}: {printable(failure.detail)}"
    if done.state.failing_since:
        line += f"; failing since {_time(done.state.failing_since, zone)}"
    return f"{line}; next try {_time(done.next_due, zone)}" if done.next_due else line


def _row(one: SourceStatus, zone: ZoneInfo) -> tuple[str, ...]:
    word = f"{one.word} ({one.state.failure_reason})" if one.state.failure_reason else one.word
    return (
        one.source.id,
        word,
        _time(one.since, zone),
        _time(one.state.last_new, zone),
        _duration(one.state.interval),
        _time(one.next_due, zone),
    )


def _source_details(one: SourceStatus, zone: ZoneInfo) -> Iterator[str]:
    state = one.state
    interval = f"{_duration(state.interval)} ({state.interval_reason})" if state.interval else "–"
    facts = {
        "source": one.source.id,
        "title": one.source.title or "–",
        "kind": one.source.kind.value,
        "address": one.source.address,
        "state": one.word,
        "since": _time(one.since, zone),
        "last success": _time(state.last_success, zone),
        "last new entry": _time(state.last_new, zone),
        "interval": interval,
        "next": _time(one.next_due, zone),
        "failures": str(state.failures),
    }
    if state.failure_reason:
        facts["reason"] = f"{state.failure_reason}: {printable(state.failure_detail or '')}"
    if one.advice:
        facts["advice"] = one.advice
    yield from _table([(f"{name}:", value) for name, value in facts.items()])


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _count(number: int, one: str, several: str | None = None) -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"


def _time(instant: datetime | None, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).strftime("%Y-%m-%d %H:%M") if instant else "–"


def _duration(duration: timedelta | None) -> str:
    if duration is None:
        return "–"
    minutes = round(duration.total_seconds() / 60)
    hours, minutes = divmod(minutes, 60)
    return (
        " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part) or "–"
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    raise TypeError(f"{type(value).__name__} has no JSON form here")
