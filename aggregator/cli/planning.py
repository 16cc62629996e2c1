"""What does the command print that tells what the feeds.yaml at hand would change?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
import msgspec

from aggregator.cli import Settings, commands
from aggregator.pipeline import site_id
from aggregator.text import printable

if TYPE_CHECKING:
    from aggregator.plan import Change, Changes, Moved, Plain, Plan

_JOINING = ("same", "different")
_TITLE = 160
_LINK = 2000
_VALUE = 120


@commands.command()
@click.option("--exit-code", is_flag=True, help="Exit with 1 where something would change.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def plan(settings: Settings, *, exit_code: bool, as_json: bool) -> int:
    """Tell what feeds.yaml would change, before it is applied by the next update or publish.

    Told are the stories of the last 90 days that topics gain or lose, and sources, outputs and settings that come, go
    or change. Nothing is fetched or written. An example of a topic that fails ends it with 3.
    """
    from aggregator.cli.wording import dump
    from aggregator.errors import ConfigError
    from aggregator.pipeline.planning import plan as plan_stored
    from aggregator.topics.examples import failing_examples

    config = settings.load()
    planned = plan_stored(config, datetime.now(UTC))
    if as_json:
        click.echo(dump(_facts(planned)))
    else:
        for line in _lines(planned, config.site.timezone):
            settings.say(line)
    failing = failing_examples(config.topics)
    for failure in failing:
        click.echo(failure, err=True)
    return ConfigError.exit_code if failing else int(exit_code and bool(planned))


def _facts(planned: Plan) -> dict[str, object]:
    facts: dict[str, object] = msgspec.to_builtins(planned, builtin_types=(datetime, timedelta))
    del facts["is_first"]
    return facts


def _lines(planned: Plan, zone: ZoneInfo) -> Iterator[str]:
    if planned.is_first:
        yield "Nothing has been applied yet, so all of feeds.yaml is new"
    elif not planned:
        yield "Nothing would change"
    for topic in planned.topics:
        yield f"topic {topic.id}: +{len(topic.gained)} −{len(topic.lost)}"
        for sign, moved in (*(("+", one) for one in topic.gained), *(("−", one) for one in topic.lost)):
            yield from _moved_lines(sign, moved, zone)
    for kind, changes in (("source", planned.sources), ("output", planned.outputs), ("setting", planned.settings)):
        yield from _change_lines(kind, changes)
    for change in planned.settings.changed:
        if change.id == "site" and "id" in change.before:
            yield f"  {site_id.in_words(str(change.before['id']))}"
    if any(change.id in _JOINING for change in planned.settings.changed):
        yield "  which stories that joins or parts: aggregator rematch --dry-run"


def _moved_lines(sign: str, moved: Moved, zone: ZoneInfo) -> Iterator[str]:
    day = moved.date.astimezone(zone).date().isoformat()
    yield f"  {sign} {day}  {printable(moved.title, _TITLE)}  (`{printable(moved.term, _TITLE)}`)"
    if moved.link:
        yield f"      {printable(moved.link, _LINK)}"


def _change_lines(kind: str, changes: Changes) -> Iterator[str]:
    for name in changes.added:
        yield f"{kind} {name}: comes"
    for name in changes.removed:
        yield f"{kind} {name}: goes"
    for change in changes.changed:
        yield f"{kind} {change.id}: {', '.join(_differences(change))}"


def _differences(change: Change) -> Iterator[str]:
    for key, value in change.after.items():
        yield f"{key} {_shown(change.before[key])} → {_shown(value)}"


def _shown(value: Plain) -> str:
    import json

    return "–" if value is None else printable(json.dumps(value, ensure_ascii=False), _VALUE)
