"""What is printed of a run, of the sources and of feeds.yaml: lines for people, JSON for programs?

JSON is one object with snake_case names, times in RFC 3339 UTC, durations in seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aggregator.cli.wording import count, dump, duration, moment, no_network_line
from aggregator.errors import SourceError
from aggregator.text import printable

if TYPE_CHECKING:
    from aggregator.errors import Problem
    from aggregator.model import Attempt, Config, SourceState
    from aggregator.observe import SourceStatus, Status
    from aggregator.output import Written
    from aggregator.pipeline.local import LocalReading
    from aggregator.pipeline.pulled import Report
    from aggregator.pipeline.update import Updated


def update_lines(updated: Updated, config: Config) -> Iterator[str]:
    """Give the summary line of a run, then one line for each source that failed, fell empty or has too much."""
    pulled, concluded = updated.pulled, updated.concluded
    zone = config.site.timezone
    parts = [
        count(pulled.due, "source") + " asked",
        f"{pulled.answered_with_news} with news",
        f"{pulled.unchanged} unchanged",
        f"{len(pulled.failed)} failed",
    ]
    yield (
        f"{', '.join(parts)}; {pulled.new} new and {pulled.changed} changed entries; {concluded.new} new stories,"
        f" {concluded.joined} joined, {concluded.changed} changed; {written_line(updated.written)}"
    )
    if pulled.not_due:
        when = f"; the next is due {moment(pulled.next_due, zone)}" if pulled.next_due else ""
        yield f"{count(pulled.not_due, 'source')} not due{when}"
    if pulled.no_network:
        yield f"{no_network_line(config)}, so no source's failure counts"
    for done in pulled.failed:
        yield _failed_line(done, zone)
    for done in pulled.emptied:
        yield _emptied_line(done, zone)
    for done in pulled.overlong:
        yield _overlong_line(done)


def source_lines(done: Report, verbosity: int) -> Iterator[str]:
    """Give a line about one source of a run that is under way; with -v also what was understood of a document."""
    if done.failure:
        yield f"{done.source.id}: {done.failure.reason}: {printable(done.failure.detail)}"
    elif done.postponed:
        yield f"{done.source.id}: not asked: its host wants a pause"
    else:
        yield f"{done.source.id}: {done.new} new, {done.changed} changed"
    if verbosity > 0:
        yield from (f"  {printable(line)}" for line in done.lines)


def update_json(updated: Updated) -> str:
    """Give what a run did, as JSON."""
    pulled, concluded = updated.pulled, updated.concluded
    return dump(
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
    return dump({"published": _written(written)})


def written_line(written: Written) -> str:
    """Give in words what a publish did."""
    return (
        f"{count(len(written.written), 'file')} written, {written.unchanged} unchanged, {len(written.removed)} removed"
    )


def status_lines(status: Status, config: Config, *, detailed: bool) -> Iterator[str]:
    """Give a table of the sources, the topics and the last run; of a single source everything that is known."""
    zone = config.site.timezone
    if detailed:
        yield from _source_details(status.sources[0], zone)
        return
    head = ("SOURCE", "STATE", "SINCE", "LAST NEW", "EVERY", "NEXT")
    yield from _table([head, *(_row(one, zone) for one in status.sources)])
    for one in status.sources:
        if one.advice:
            yield f"{one.source.id}: {one.advice}"
    yield ""
    for topic in status.topics:
        yield f"{topic.id}: {count(topic.stories, 'story', 'stories')}, newest {moment(topic.newest, zone)}"
    yield f"last run: {moment(status.started, zone)}"


def status_json(status: Status, *, detailed: bool = False) -> str:
    """Give how sources, topics and the last run are, as JSON; of a single source also its latest fetches."""
    return dump(
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
                    "reason": one.reason,
                    "detail": one.state.failure_detail and printable(one.state.failure_detail),
                    "advice": one.advice,
                    **({"fetches": [_attempt(attempt) for attempt in one.attempts]} if detailed else {}),
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
        yield f"{reading.source.id}: {count(reading.entries, 'entry', 'entries')} in {reading.source.address}"
        if verbosity > 0:
            yield from (f"  {printable(line)}" for line in reading.report)
    yield (
        f"feeds.yaml: {count(len(config.sources), 'source')}, {count(len(config.topics), 'topic')},"
        f" {count(len(config.outputs), 'output')}"
    )


def check_json(config: Config | None, problems: Iterable[Problem], wrong: Iterable[str]) -> str:
    """Give what is wrong with feeds.yaml and the local files, as JSON."""
    return dump(
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
        line += f"; failing since {moment(done.state.failing_since, zone)}"
    return f"{line}; next try {moment(done.next_due, zone)}" if done.next_due else line


def _emptied_line(done: Report, zone: ZoneInfo) -> str:
    since = moment(done.state.empty_since, zone)
    return f"{done.source.id}: empty: it had entries and has none since {since}; those that were read are kept"


def _overlong_line(done: Report) -> str:
    read, unread = done.state.entry_count or 0, done.state.unread
    return f"{done.source.id}: too-many: {read} of its {read + unread} entries were read, those that seem the newest"


def _row(one: SourceStatus, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        one.source.id,
        f"{one.word} ({one.reason})" if one.reason not in {None, one.word} else one.word,
        moment(one.since, zone),
        moment(one.state.last_new, zone),
        _every(one.state),
        _next(one, zone),
    )


def _every(state: SourceState) -> str:
    """Give the interval and why it is so: `1 h (max-age 1 h)`."""
    if state.interval is None:
        return printable(state.interval_reason or "–")
    why = f" ({printable(state.interval_reason)})" if state.interval_reason else ""
    return f"{duration(state.interval)}{why}"


def _next(one: SourceStatus, zone: ZoneInfo) -> str:
    """Give when a source is asked next; one that is paused or gone never is."""
    if one.next_due is None and one.word not in {"paused", "gone"}:
        return "at the next run"
    return moment(one.next_due, zone)


def _source_details(one: SourceStatus, zone: ZoneInfo) -> Iterator[str]:
    state = one.state
    facts = {
        "source": one.source.id,
        "title": one.source.title or "–",
        "kind": one.source.kind.value,
        "address": one.source.address,
        "state": one.word,
        "since": moment(one.since, zone),
        "last success": moment(state.last_success, zone),
        "last new entry": moment(state.last_new, zone),
        "interval": _every(state),
        "next": _next(one, zone),
        "failures": str(state.failures),
    }
    if one.reason:
        facts["reason"] = f"{one.reason}: {printable(state.failure_detail)}" if state.failure_detail else one.reason
    if one.advice:
        facts["advice"] = one.advice
    yield from _table([(f"{name}:", value) for name, value in facts.items()])
    if one.attempts:
        yield ""
        head = ("FETCHED", "STATUS", "BYTES", "MS", "NEW", "ERROR")
        yield from _table([head, *(_attempt_row(attempt, zone) for attempt in one.attempts)])


def _attempt_row(attempt: Attempt, zone: ZoneInfo) -> tuple[str, ...]:
    return (
        moment(attempt.time, zone),
        str(attempt.status or "–"),
        str(attempt.bytes),
        str(attempt.milliseconds),
        str(attempt.new),
        attempt.error or "–",
    )


def _attempt(attempt: Attempt) -> dict[str, object]:
    return {
        "time": attempt.time,
        "status": attempt.status,
        "bytes": attempt.bytes,
        "milliseconds": attempt.milliseconds,
        "new": attempt.new,
        "error": attempt.error,
    }


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
