"""What would be read from a source, if it were read now?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click
from msgspec.structs import asdict, replace

from aggregator.cli import Settings, commands
from aggregator.cli.command import require_known
from aggregator.cli.editing import typed
from aggregator.model import Config, Entry, Precision, Reading, Source, SourceKind, Trust
from aggregator.text import printable

if TYPE_CHECKING:
    from aggregator.pipeline.probe import Probe

_IDENTIFIER = re.compile(r"[a-z0-9-]{1,64}")


@commands.command("try")
@click.argument("what", metavar="ID|URL|FILE")
@click.option("--json", "as_json", is_flag=True, help="Print all that was read as JSON.")
@click.pass_obj
def try_source(settings: Settings, what: str, *, as_json: bool) -> int:
    """Show what is read from a source, of feeds.yaml or not; nothing is stored."""
    from aggregator.cli import online
    from aggregator.cli.wording import dump
    from aggregator.fetch import event_loop

    config = settings.load()
    probe = event_loop.run(_ask(config, _named(config, what)))
    zone = config.site.timezone
    if as_json:
        entries = [_facts(entry) for entry in probe.reading.entries] if probe.reading else []
        report = probe.reading.report if probe.reading else online.probe_lines(probe, zone)
        click.echo(dump({"entries": entries, "report": [printable(line) for line in report]}))
    elif probe.reading is None:
        for line in online.probe_lines(probe, zone):
            click.echo(line, err=True)
    else:
        for line in _lines(probe.reading, probe.source.kind, zone):
            settings.say(line)
    return int(probe.reading is None)


def _named(config: Config, what: str) -> Source:
    """Find the source of that id, address or file in feeds.yaml, else make one of the address or file."""
    for source in config.sources:
        if source.id == what:
            return source
    told = typed(config, what)
    if not told.local and _IDENTIFIER.fullmatch(what):
        require_known(config, [what])
    return next((source for source in config.sources if source.target == told.target), told)


async def _ask(config: Config, source: Source) -> Probe:
    from aggregator.pipeline.probe import probing
    from aggregator.pipeline.workplace import remembered
    from aggregator.sources import sniffing

    async with probing(config, datetime.now(UTC), remembered(config).values()) as prober:
        probe = await prober.ask(source)
        is_new = source not in config.sources
        if is_new and source.local and probe.fetched and probe.failure and sniffing.is_text(probe.fetched.body):
            return await prober.ask(replace(source, kind=SourceKind.DOCUMENT))
        return probe


def _lines(reading: Reading, kind: SourceKind, zone: ZoneInfo) -> Iterator[str]:
    """Give what was read for people: the report, then of each entry the date, the title and the link."""
    yield from (printable(line) for line in reading.report)
    if kind is SourceKind.DOCUMENT:
        # Its report names every entry, which has no link.
        return
    for entry in reading.entries:
        yield f"{_date(entry, zone)}  {printable(entry.title or '(no title)')}"
        if entry.link:
            yield f"    {printable(entry.link, 2000)}"


def _date(entry: Entry, zone: ZoneInfo) -> str:
    told = entry.published or entry.updated
    if told is None:
        return "no date"
    form = "%Y-%m-%d" if entry.precision is Precision.DAY else "%Y-%m-%d %H:%M"
    date = told.astimezone(zone).strftime(form)
    return f"{date} (not trusted)" if entry.trust is Trust.NONE else date


def _facts(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "id_derived": entry.id_derived,
        "title": entry.title,
        "link": entry.link,
        "published": entry.published,
        "precision": entry.precision,
        "trust": entry.trust,
        "summary": entry.summary,
        "content": entry.content,
        "authors": [asdict(author) for author in entry.authors],
        "categories": entry.categories,
        "enclosures": [asdict(enclosure) for enclosure in entry.enclosures],
    }
