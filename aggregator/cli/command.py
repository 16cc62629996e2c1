"""What does each command do?"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import Settings, commands, log
from aggregator.model import Config

if TYPE_CHECKING:
    from aggregator.pipeline.workplace import Workplace

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_EXAMPLES_HOLD = "examples"
_START_ANEW = click.option(
    "--new", "start_anew", is_flag=True, help="Start anew beside a public/ that another database published."
)


class _Duration(click.ParamType[timedelta]):
    """A whole number and its unit: 30s, 5m, 1h."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read a duration; a usage error says what one looks like."""
        told = str(value)
        if not (told[:-1].isdecimal() and told[-1] in _UNITS and len(told) <= 6):
            self.fail(f"{told!r} is no duration; say for example 30s, 5m or 1h", param, ctx)
        return timedelta(seconds=int(told[:-1]) * _UNITS[told[-1]])


@commands.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--force", is_flag=True, help="Ask also sources that are not due.")
@click.option("--wait", type=_Duration(), default="0s", help="Wait so long for another run, for example 5m.")
@click.option("--fail-on", type=click.Choice(["any", "all"]), help="Exit with 1 where any, or every, source failed.")
@_START_ANEW
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.pass_obj
def update(
    settings: Settings,
    ids: tuple[str, ...],
    *,
    force: bool,
    wait: timedelta,
    fail_on: str | None,
    start_anew: bool,
    as_json: bool,
) -> int:
    """Pull the sources that are due, find the stories, publish. ID names single sources."""
    from aggregator.cli import report, running
    from aggregator.health import write_health
    from aggregator.pipeline.pulled import Wish
    from aggregator.pipeline.workplace import workplace

    config = settings.load()
    require_known(config, ids)
    wish = Wish(only=frozenset(ids) if ids else None, force=force)
    with workplace(config, wait=wait, start_anew=start_anew) as place:
        warn_of_failing_examples(place)
        updated, signal = running.update(place, wish, settings.verbosity)
        write_health(place, datetime.now(UTC))
        warn_of_unmatched(place)
    if as_json:
        click.echo(report.update_json(updated))
    else:
        for line in report.update_lines(updated, config):
            settings.say(line)
    if signal:
        return 128 + signal
    failed, due = len(updated.pulled.failed), updated.pulled.due
    return int((fail_on == "any" and failed > 0) or (fail_on == "all" and failed == due > 0))


@commands.command()
@_START_ANEW
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.pass_obj
def publish(settings: Settings, *, start_anew: bool, as_json: bool) -> int:
    """Write public/ from what is stored, without asking any source; a hub is told of what changed."""
    from aggregator.cli import report
    from aggregator.pipeline.update import republish
    from aggregator.pipeline.workplace import workplace

    config = settings.load()
    with workplace(config, start_anew=start_anew) as place:
        written = republish(place, datetime.now(UTC))
        warn_of_unmatched(place)
    if as_json:
        click.echo(report.publish_json(written))
    else:
        settings.say(report.written_line(written))
    return 0


@commands.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65_535), help="The port to listen on.")
@_START_ANEW
@click.pass_obj
def serve(settings: Settings, host: str, port: int, *, start_anew: bool) -> int:
    """Serve public/ and keep updating on schedule, until stopped."""
    from aggregator import scheduler

    config = settings.load()
    return scheduler.serve(settings.path, config, host=host, port=port, start_anew=start_anew)


@commands.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--online", is_flag=True, help="Ask every source, or those named, what it holds.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_obj
def check(settings: Settings, ids: tuple[str, ...], *, online: bool, as_json: bool) -> int:
    """Say what is wrong with feeds.yaml, its examples and local files; nothing is fetched or written.

    With --online each source is asked right now; the exit code is 1 where one of them is dead. Nothing is stored.
    """
    from aggregator.cli import report
    from aggregator.errors import ConfigError
    from aggregator.pipeline.local import read_local
    from aggregator.topics.examples import failing_examples

    try:
        loaded = settings.read()
    except ConfigError as error:
        if as_json:
            click.echo(report.check_json(None, error.problems, ()))
            return error.exit_code
        raise
    if online:
        return _check_online(settings, loaded, ids, as_json=as_json)
    if ids:
        raise click.UsageError("an ID goes with --online: without it, all of feeds.yaml is checked")
    readings = read_local(loaded, datetime.now(UTC))
    wrong = [
        *loaded.warnings,
        *_on_site_id(loaded),
        *failing_examples(loaded.topics),
        *(one.problem for one in readings if one.problem),
    ]
    if as_json:
        click.echo(report.check_json(loaded, (), wrong))
    else:
        for line in report.check_lines(loaded, readings, settings.verbosity):
            settings.say(line)
        for problem in wrong:
            click.echo(problem, err=True)
    return ConfigError.exit_code if wrong else 0


@commands.command()
@click.argument("source", required=False, metavar="[ID]")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def status(settings: Settings, source: str | None, *, as_json: bool) -> int:
    """Tell how each source is, since when, when it is asked next, and what to do about it."""
    from aggregator import observe, output
    from aggregator.cli import report
    from aggregator.pipeline.workplace import Places
    from aggregator.store import open_store

    config = settings.load()
    only = [source] if source else []
    require_known(config, only)
    database = Places.of(Path(config.folder)).database
    now = datetime.now(UTC)
    store = open_store(database, create=False) if database.is_file() and database.stat().st_size else None
    if store is None and output.owner(Places.of(Path(config.folder)).public):
        log.warning("%s: is missing or empty beside a public/ that was published from one: restore it", database)
    try:
        found = observe.status(config, store, now, only)
    finally:
        if store:
            store.close()
    if as_json:
        click.echo(report.status_json(found, detailed=bool(source)))
    else:
        for line in report.status_lines(found, config, detailed=bool(source)):
            settings.say(line)
    return 0


def warn_of_failing_examples(place: Workplace) -> None:
    """Warn of each example that its topic does not keep; that all hold is noted, and not tried again."""
    from aggregator.pipeline.publish.shelf import digest, edition

    made_of = digest(edition(), place.config.topics)
    if place.store.noted(_EXAMPLES_HOLD) == made_of:
        return
    from aggregator.topics.examples import failing_examples

    failing = failing_examples(place.config.topics)
    for failure in failing:
        log.warning("%s", failure)
    if not failing:
        place.store.note(_EXAMPLES_HOLD, made_of)


def warn_of_unmatched(place: Workplace) -> None:
    """Warn of each title, link or id in feeds.yaml's overrules that nothing stored bears."""
    from aggregator.pipeline.overruled import unmatched

    for warning in unmatched(place.store, place.config):
        log.warning("%s", warning)


def _on_site_id(config: Config) -> Iterator[str]:
    """Say what another `site.id` would do; a database that cannot be read is for those to tell who need it."""
    from aggregator.errors import StoreError
    from aggregator.pipeline import site_id
    from aggregator.pipeline.workplace import opened

    with suppress(StoreError), opened(config) as store:
        if store and (former := site_id.replaced_site_id(store, config)):
            yield site_id.in_words(former)


def _check_online(settings: Settings, config: Config, ids: Sequence[str], *, as_json: bool) -> int:
    from aggregator.cli import online

    require_known(config, ids)
    for warning in config.warnings:
        click.echo(warning, err=True)
    return online.check(settings, config, ids, as_json=as_json)


def require_known(config: Config, ids: Sequence[str]) -> None:
    """Refuse ids that feeds.yaml does not have, with the one that was probably meant; a usage error."""
    known = [source.id for source in config.sources]
    for name in ids:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "`aggregator status` lists them"
            raise click.UsageError(f"there is no source {name!r} in feeds.yaml; {hint}")
