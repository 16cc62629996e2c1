"""What do the commands do that edit feeds.yaml?"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import Settings, commands
from aggregator.cli.command import require_known
from aggregator.errors import LockedError
from aggregator.model import Config, Source, SourceKind
from aggregator.text import printable, slug

if TYPE_CHECKING:
    from aggregator.model import SourceState
    from aggregator.pipeline.probe import Probe

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d)")
_TYPED = "(new)"
_LONGEST_OF_TITLE = 32


@commands.command()
@click.argument("url")
@click.option("--id", "name", help="The source's id in feeds.yaml; made of the feed's title if left out.")
@click.pass_obj
def add(settings: Settings, url: str, *, name: str | None) -> int:
    """Add a feed to feeds.yaml and fetch it. URL is that of the feed, of a page that names it, or a file."""
    from aggregator.cli import online
    from aggregator.config.editing import add_source
    from aggregator.fetch import event_loop
    from aggregator.pipeline.workplace import remembered

    config = settings.load()
    _require_free(config, name)
    source = typed(config, url)
    states = remembered(config)
    if holder := _holder(config, states, source.target):
        return _refused(f"{printable(url)} is in feeds.yaml already, as `{holder}`")
    probes = event_loop.run(_seek(config, source, states))
    probe = probes[-1]
    if probe.fetched is None or probe.failure:
        return _without_feed(probes)
    address = probe.fetched.permanent_url or probe.named or source.address
    for one in (address, probe.fetched.url):
        if not source.local and (holder := _holder(config, states, one)):
            return _refused(f"{printable(one)} is in feeds.yaml already, as `{holder}`")
    name = name or _free_name(config, probe.title, address)
    add_source(settings.path, name, address, probe.title)
    settings.say(f"{name}: {online.contents(probe, config.site.timezone)}; added to feeds.yaml as {printable(address)}")
    return _fetch(settings, name, probe)


@commands.command()
@click.argument("name", metavar="ID")
@click.pass_obj
def remove(settings: Settings, name: str) -> int:
    """Take a source out of feeds.yaml. Its stories stay, and are published on."""
    from aggregator.config.editing import remove_source

    require_known(settings.load(), [name])
    remove_source(settings.path, name)
    settings.say(f"{name}: taken out of feeds.yaml; its stories stay, and it is asked no more")
    return 0


@commands.command()
@click.option("--write", is_flag=True, help="Write the new addresses into feeds.yaml.")
@click.pass_obj
def moved(settings: Settings, *, write: bool) -> int:
    """List the sources that have moved for good; their new addresses are in use already."""
    from aggregator.lock import locked
    from aggregator.pipeline.moves import learned_moves, write_moves
    from aggregator.pipeline.workplace import Places, remembered
    from aggregator.store import open_store

    config = settings.load()
    moves = learned_moves(config, remembered(config))
    for move in moves:
        settings.say(f"{move.source.id}: {move.source.address} -> {printable(move.to, 2000)}")
        if move.obstacle:
            settings.say(f"  {move.obstacle}")
    ready = [move for move in moves if not move.obstacle]
    if not moves:
        settings.say("No source has moved")
    elif not write:
        settings.say("`aggregator moved --write` writes this into feeds.yaml")
    elif ready:
        places = Places.of(Path(config.folder))
        with locked(places.lock, timedelta(0)):
            store = open_store(places.database, create=False)
            try:
                write_moves(settings.path, os.environ, ready, store)
            finally:
                store.close()
        settings.say(f"feeds.yaml: {len(ready)} changed")
    return 0


def typed(config: Config, url: str) -> Source:
    """Read what was typed: an address on the web, with or without its scheme, or the path of a file."""
    from aggregator.config import addresses

    path = Path(url).expanduser()
    local = not _SCHEME.match(url) and (path.exists() or url.startswith(("/", ".", "~")))
    if local:
        full = path.absolute()
        folder = Path(config.folder)
        inside = full.is_relative_to(folder)
        address, target = str(full.relative_to(folder) if inside else full), str(full)
    else:
        target = address = url if _SCHEME.match(url) else f"https://{url}"
        try:
            addresses.web_address(address)
        except ValueError as error:
            raise click.UsageError(f"URL {error}") from error
    return Source(
        id=_TYPED,
        rank=len(config.sources),
        kind=SourceKind.FEED,
        address=address,
        target=target,
        local=local,
        unset=() if local else config.fetch.unset,
    )


def _require_free(config: Config, name: str | None) -> None:
    from aggregator.config import values

    if name is None:
        return
    try:
        values.identifier(name)
    except ValueError as error:
        raise click.UsageError(f"--id {error}") from error
    if name in {source.id for source in config.sources}:
        raise click.UsageError(f"--id {name} is in feeds.yaml already: choose another")


async def _seek(config: Config, source: Source, states: Mapping[str, SourceState]) -> Sequence[Probe]:
    from aggregator.pipeline.probe import probing

    async with probing(config, datetime.now(UTC), states.values()) as prober:
        return await prober.seek(source)


def _holder(config: Config, states: Mapping[str, SourceState], address: str) -> str | None:
    """Give the source that has this address already, be it in feeds.yaml or by redirects; None where none has."""
    from aggregator import links

    wanted = links.canonical(address)
    for source in config.sources:
        state = states.get(source.id)
        learned = [state.moved_to, state.learned_url] if state else []
        if wanted in {links.canonical(held) for held in (source.target, *learned) if held}:
            return source.id
    return None


def _free_name(config: Config, title: str | None, address: str) -> str:
    """Make an id of a short title, else of the host."""
    from urllib.parse import urlsplit

    from aggregator.config.values import RESERVED

    named = slug(title or "")
    if not title or len(named) > _LONGEST_OF_TITLE or named == slug(""):
        named = slug((urlsplit(address).hostname or Path(address).stem).removeprefix("www."))
    taken = RESERVED | {source.id for source in config.sources}
    number = 1
    name = named
    while name in taken:
        number += 1
        name = f"{named[:59]}-{number}"
    return name


def _without_feed(probes: Sequence[Probe]) -> int:
    """Say why there is no feed to add, and which there are."""
    from aggregator.cli import online
    from aggregator.pipeline.probe import feeds_of

    page, probe = probes[0], probes[-1]
    asked = printable(page.source.address)
    if probe.postponed:
        return _refused(f"{asked}: its host asked for a pause: try again later")
    failure = probe.failure
    if probe.named:
        asked = f"{asked} names a feed, but {printable(probe.named)}"
    if len(feeds_of(page)) > 1:
        lines = "\n".join(online.feed_lines(page, before="aggregator add "))
        return _refused(f"{asked} is a web page that names several feeds; add one of them:\n{lines}")
    return _refused(f"{asked}: {failure.reason}: {printable(failure.detail)}" if failure else asked)


def _fetch(settings: Settings, name: str, probe: Probe) -> int:
    """Take in what was answered, as an update of this one source does."""
    from aggregator.cli import report, running
    from aggregator.pipeline.pulled import Wish
    from aggregator.pipeline.workplace import workplace

    config = settings.read()
    fetched = {name: probe.fetched} if probe.fetched else {}
    try:
        with workplace(config) as place:
            wish = Wish(only=frozenset([name]), force=True, fetched=fetched)
            updated, signal = running.update(place, wish, settings.verbosity)
    except LockedError:
        settings.say("Another run is at work; the next one fetches it")
        return 0
    for line in report.update_lines(updated, config):
        settings.say(line)
    return 128 + signal if signal else 0


def _refused(message: str) -> int:
    click.echo(message, err=True)
    return 1
