"""Which stories joined each output since the last publish, and what of its log closes into the archive?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from aggregator.model import Output
from aggregator.pipeline.publish.shelf import Shelf, digest
from aggregator.publish import archives
from aggregator.store import Ledger, LogRow, OutputState
from aggregator.store.ledger import Frame

if TYPE_CHECKING:
    from datetime import datetime

FAREWELL = timedelta(days=30)
"""How long an output that left feeds.yaml goes on saying so, counted in runs."""


def bring_forward(ledger: Ledger, outputs: Sequence[Output], shelf: Shelf) -> None:
    """Log what joined each output, close what is full, and remember what its subscription document shows."""
    states = ledger.states()
    run, now = ledger.run()
    revision = ledger.revision()
    named = {name for output in outputs for name in (output.slug, *output.formerly)}
    for output in outputs:
        state = _continued(ledger, output, states, named, now)
        ledger.save(_forward(ledger, output, state, shelf, revision=revision, run=run))
    for state in states.values():
        if state.ended is None or now - state.ended < FAREWELL:
            ledger.save(_farewell(ledger, state, state.ended or now))


def _continued(
    ledger: Ledger, output: Output, states: dict[str, OutputState], named: Collection[str], now: datetime
) -> OutputState | None:
    """Take out of the states that whose log an output goes on with, and give it the log; None where it begins.

    That is its own, else that of a former slug, else, where a rename was taken back, that of one which had its slug as
    a former one and is named nowhere now. Who reads that one is told that it ended.
    """
    own = states.pop(output.slug, None)
    if own is not None and own.rule:
        return own
    said = [states[slug] for slug in output.formerly if slug in states]
    taken_back = [state for state in states.values() if output.slug in state.formerly and state.slug not in named]
    logged = [state for state in (*said, *taken_back) if state.rule]
    if not logged:
        return None
    # Readers of one that was published until now would miss what they have.
    last = max(logged, key=lambda state: state.ended or now)
    ledger.rename(last.slug, output.slug)
    del states[last.slug]
    if last.slug not in named:
        states[last.slug] = replace(last, rule="")
    return last


def _farewell(ledger: Ledger, state: OutputState, ended: datetime) -> OutputState:
    """Give an output that left feeds.yaml: of its last stories those that may still be shown, as they are now."""
    is_open = {story: flag for story, _, flag in state.shown}
    members = ledger.members(list(is_open))
    return replace(
        state,
        ended=ended,
        # Where the output comes back, its feed must not be older than its farewell.
        updated=max(state.updated, ended, *(member.updated for member in members)),
        shown=tuple((member.story, member.version, is_open[member.story]) for member in members),
    )


def _forward(
    ledger: Ledger, output: Output, state: OutputState | None, shelf: Shelf, *, revision: int, run: int
) -> OutputState:
    rule = digest(output.topics, output.sources, output.any, output.none, output.by_rule) + digest(
        output.limit, output.days, output.per_source
    )
    shown, updated = (state.shown, state.updated) if state else ((), None)
    if state is None or (state.rule, state.revision) != (rule, revision):
        _join(ledger, output, state, since=state.revision if state and state.rule == rule else -1)
        shown, updated = _close(ledger, output, shelf)
    return OutputState(
        slug=output.slug,
        title=output.title,
        formats=output.formats,
        names_copies=output.copies,
        rule=rule,
        revision=revision,
        run=run,
        updated=updated or shelf.composer.updated(()),
        shown=shown,
        formerly=output.formerly,
    )


def _join(ledger: Ledger, output: Output, state: OutputState | None, *, since: int) -> None:
    """Log new members, the oldest first, and those whose shown text changed since a document closed over them.

    Whoever joins with an output's first stories is on time. Backlog is announced by no output, not even then.
    """
    revised = ledger.revised(output, since) if state else []
    new = ledger.unlogged(output, since)
    newest = max((member.order_date for member in ledger.window(output, 1)), default=None)
    late = {
        one.story
        for one in new
        if one.is_backlog
        or (
            (state is not None and state.shown and newest is not None)
            and archives.is_late(one.order_date, newest, is_known=one.is_first or one.run <= state.run)
        )
    }
    joining = [(one.story, one.story in late) for one in new] + revised
    for is_late in (False, True):
        ledger.append(output.slug, [story for story, flag in reversed(joining) if flag is is_late], is_late=is_late)


def _close(ledger: Ledger, output: Output, shelf: Shelf) -> tuple[tuple[tuple[str, str, bool], ...], datetime | None]:
    """Close documents; give what the subscription document shows then, and when the newest of that changed."""
    rows = ledger.open_rows(output)
    crowded = ledger.crowded(output) if output.per_source else set()
    ready = [
        archives.Row(number=row.number, story=row.story, leaves=row.is_late or not row.is_member)
        for row in rows
        if not row.is_hidden
    ]
    closed: set[int] = set()
    for document in archives.closing(ready, crowded):
        _close_over(ledger, output, document, shelf)
        closed.update(row.number for row in document)
    return _shown(ledger, output, [row for row in rows if row.number not in closed and not row.is_hidden], shelf)


def _close_over(ledger: Ledger, output: Output, rows: Sequence[archives.Row], shelf: Shelf) -> None:
    from aggregator.publish.compose import frozen

    place = f"{output.slug}/{ledger.next_number(output.slug)}"
    stories = [member.story for member in ledger.members([row.story for row in rows])]
    held = frozen(output, shelf.bounded(stories, stories), place)
    site = shelf.composer.config.site
    frame = Frame(
        title=site.title, language=site.language, timezone=site.timezone.key, hub=site.hub, copies=output.copies
    )
    ledger.close(output.slug, output.title, [row.number for row in rows], held, frame)


def _shown(
    ledger: Ledger, output: Output, rows: Sequence[LogRow], shelf: Shelf
) -> tuple[tuple[tuple[str, str, bool], ...], datetime | None]:
    is_open = {row.story for row in rows}
    window = [member.story for member in ledger.window(output, output.limit)]
    members = ledger.members(list(dict.fromkeys([*window, *is_open])))
    updated = shelf.composer.updated(member.updated for member in members)
    return tuple((member.story, member.version, member.story in is_open) for member in members), updated
