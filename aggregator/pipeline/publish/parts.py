"""Which files does a site publish, and what is each of them made of?

output      <slug>.atom|.rss|.json|.html, and the same under its former slugs
archive     <output>/<n>.atom|.json as they were rendered when they closed, <n>.html as pages look today
story       story/<uuid>.html for each story that an output shows, and for each that was merged into one of these
site        index.html, feeds.opml, sources.opml, static/style.<digest>.css
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from aggregator import model
from aggregator.model import Config, Format, Output, PublishedFeed, PublishedStory
from aggregator.output import Part
from aggregator.pipeline.publish.log import FAREWELL
from aggregator.pipeline.publish.shelf import Shelf, digest
from aggregator.publish import FORMATS, assets, compose, opml, pages, presentation, render_feed
from aggregator.publish.once import kept
from aggregator.store import Archive, Ledger, OutputState, Store

_LATEST = 3
"""Stories of each output that the index shows."""
_NEAR = 50
"""Stories that are read together."""


class Site:
    """All that is published, and what it is made of; `look` reads what the log says now."""

    def __init__(self, *, store: Store, config: Config, shelf: Shelf) -> None:
        self.store = store
        self.config = config
        self.shelf = shelf
        self.now: datetime
        self.states: dict[str, OutputState] = {}
        self.names: dict[str, tuple[str, ...]] = {}
        self.archives: dict[str, list[Archive]] = {}

    def look(self, ledger: Ledger) -> None:
        """Read the states of all outputs, and render the closed documents anew that must say something else."""
        _, self.now = ledger.run()
        living = {output.slug for output in self.config.outputs}
        self.states = {
            slug: state
            for slug, state in ledger.states().items()
            if slug in living or state.ended is None or self.now - state.ended < FAREWELL
        }
        self.names = _names(self.states, living)
        # One that ended and whose names others took over is not published any more, nor is its past.
        self.states = {slug: self.states[slug] for slug in self.names}
        for slug, closed in ledger.archives().items():
            if slug in self.states:
                self.archives[slug] = [self._refreshed(ledger, *place) for place in _chain(closed)]

    def feed_names(self) -> frozenset[str]:
        """Name the documents that readers subscribe to."""
        return frozenset(name for part in self._feeds() for name in part.names)

    def parts(self) -> list[Part]:
        """Give everything that public/ holds."""
        return [*self._stories(), *self._archives(), *self._feeds(), *self._lists()]

    # ── outputs ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _feeds(self) -> Iterator[Part]:
        living = {output.slug: output for output in self.config.outputs}
        for slug, names in self.names.items():
            state = self.states[slug]
            make = partial(self._feed, living[slug]) if slug in living else partial(self._farewell, state)
            told = digest(
                self.shelf.made_of,
                living.get(slug) or (state.title, state.names_copies, state.ended),
                (state.updated, state.shown, self._newest_archive(slug)),
            )
            for name in names:
                yield Part(
                    names=tuple(f"{name}.{form.value}" for form in state.formats),
                    made_of=digest(name, told),
                    render=partial(_render_as, name, make),
                )

    def _feed(self, output: Output) -> PublishedFeed:
        state = self.states[output.slug]
        needed = [story for story, _, is_open in state.shown if is_open]
        stories = self.shelf.bounded([story for story, _, _ in state.shown], needed)
        feed = self.shelf.composer.feed(output, stories, state.updated)
        return replace(feed, older=self._newest_archive(output.slug))

    def _farewell(self, state: OutputState) -> PublishedFeed:
        """Give the last document of an output that left feeds.yaml: its last stories, and one entry that says so."""
        ended = state.ended or self.now
        last = compose.ending(state.slug, state.title, self.config.site, ended)
        output = Output(slug=state.slug, title=state.title, formats=state.formats, copies=state.names_copies)
        stories = self.shelf.bounded([story for story, _, _ in state.shown], ())
        feed = self.shelf.composer.feed(output, [last, *stories], max(state.updated, ended))
        return replace(feed, older=self._newest_archive(state.slug))

    def _newest_archive(self, slug: str) -> str | None:
        closed = self.archives.get(slug)
        return closed[-1].name if closed else None

    # ── closed documents ────────────────────────────────────────────────────────────────────────────────────────

    def _archives(self) -> Iterator[Part]:
        for slug, closed in self.archives.items():
            formats = self.states[slug].formats
            for archive, older, newer in _chain(closed):
                forms = tuple(form for form in (Format.ATOM, Format.JSON) if form in formats)
                if forms:
                    yield Part(
                        names=tuple(f"{archive.name}.{form.value}" for form in forms),
                        made_of=archive.made_of,
                        render=partial(self._stored, archive, forms),
                    )
                # A story that can be read nowhere else is linked to here, whatever the formats.
                yield Part(
                    names=(f"{archive.name}.html",),
                    made_of=digest(self.shelf.made_of, archive, formats, self.states[slug].names_copies),
                    render=partial(self._page, archive, older, newer),
                )

    def _stored(self, archive: Archive, forms: Sequence[Format]) -> dict[str, bytes]:
        return {f"{archive.name}.{form.value}": self.store.archive_file(archive, form) for form in forms}

    def _page(self, archive: Archive, older: Archive | None, newer: Archive | None) -> dict[str, bytes]:
        # A page is of today's site, whatever the documents beside it said when they closed.
        feed = self._closed(replace(archive, frame={}), older, newer, self.store.frozen)
        return {f"{archive.name}.html": FORMATS[Format.HTML].write(feed)}

    def _refreshed(self, ledger: Ledger, archive: Archive, older: Archive | None, newer: Archive | None) -> Archive:
        """Render a document that has just closed, or must say something else by now (docs/publishing.md: the past)."""
        links = (self.config.site.url, self._current(archive), older and older.name, newer and newer.name)
        fresh = replace(archive, made_of=digest(archive.name, links, archive.hidden))
        if fresh != archive:
            feed = self._closed(archive, older, newer, ledger.frozen)
            ledger.save_archive(fresh, {form: FORMATS[form].write(feed) for form in (Format.ATOM, Format.JSON)})
        return fresh

    def _current(self, archive: Archive) -> str:
        """Give the slug of a document's output: that under which it closed as long as it is written, else today's."""
        names = self.names[archive.output]
        return archive.slug if archive.slug in names else names[0]

    def _closed(
        self,
        archive: Archive,
        older: Archive | None,
        newer: Archive | None,
        frozen: Callable[[Archive], tuple[PublishedStory, ...]],
    ) -> PublishedFeed:
        stories = frozen(archive)
        state = self.states[archive.output]
        frame = archive.frame
        site = presentation.document_safe(self.config.site)
        if frame:
            site = _site_then(site, frame["title"], frame["language"], frame["timezone"], frame["hub"])
        return PublishedFeed(
            slug=self._current(archive),
            id=compose.feed_id(self.config.site, archive.slug),
            title=archive.title,
            site=site,
            updated=self.shelf.composer.updated(story.updated for story in stories),
            stories=tuple(story for story in stories if story.id not in archive.hidden),
            formats=state.formats,
            archive=archive.name,
            older=older.name if older else None,
            newer=newer.name if newer else None,
            names_copies=frame.get("copies", state.names_copies),
        )

    # ── stories and the site ────────────────────────────────────────────────────────────────────────────────────

    def _stories(self) -> Iterator[Part]:
        with_page = frozenset(output.slug for output in self.config.outputs if Format.HTML in output.formats)
        versions = {story: version for state in self.states.values() for story, version, _ in state.shown}
        ids = list(versions)
        for place, story in enumerate(ids):
            near = ids[place - place % _NEAR :][:_NEAR]
            yield Part(
                names=(f"story/{story}.html",),
                made_of=digest(self.shelf.made_of, versions[story]),
                render=partial(self._story, story, near, with_page),
            )
        for merged, story in self.store.merged().items():
            if story in versions and merged not in versions:
                yield Part(
                    names=(f"story/{merged}.html",),
                    made_of=digest(self.shelf.made_of, merged, versions[story]),
                    render=partial(self._moved, merged, story),
                )

    def _story(self, story: str, near: Sequence[str], with_page: frozenset[str]) -> dict[str, bytes]:
        """Render the page of a story; those near it are read with it, since their output needs them, too."""
        site = presentation.document_safe(self.config.site)
        found = [one for one in self.shelf.take(near) if one.id == story]
        return {f"story/{one.id}.html": pages.render_story(one, site, with_page) for one in found}

    def _moved(self, merged: str, story: str) -> dict[str, bytes]:
        site = presentation.document_safe(self.config.site)
        return {
            f"story/{merged}.html": pages.render_moved(presentation.document_safe(one), site)
            for one in self.shelf.take([story])
        }

    def _lists(self) -> Iterator[Part]:
        outputs = self.config.outputs
        shown = [(output, self.states[output.slug].updated, self.states[output.slug].shown) for output in outputs]
        latest = [(output, updated, len(stories), stories[:_LATEST]) for output, updated, stories in shown]
        yield Part(names=("index.html",), made_of=digest(self.shelf.made_of, latest), render=self._index)
        lists = digest(self.shelf.made_of, outputs, self.config.sources)
        yield Part(names=("feeds.opml", "sources.opml"), made_of=lists, render=self._opml)
        loaded = {asset.name: asset.content for asset in (assets.stylesheet(), assets.script())}
        yield Part(names=tuple(loaded), made_of=digest(sorted(loaded)), render=lambda: loaded)

    def _index(self) -> dict[str, bytes]:
        feeds = [self._overview(output) for output in self.config.outputs]
        counts = {output.slug: len(self.states[output.slug].shown) for output in self.config.outputs}
        site = presentation.document_safe(self.config.site)
        return {"index.html": pages.render_index(site, presentation.document_safe(tuple(feeds)), counts)}

    def _overview(self, output: Output) -> PublishedFeed:
        state = self.states[output.slug]
        latest = self.shelf.take([story for story, _, _ in state.shown[:_LATEST]])
        return self.shelf.composer.feed(output, latest, state.updated)

    def _opml(self) -> dict[str, bytes]:
        feeds = [self.shelf.composer.feed(o, (), self.states[o.slug].updated) for o in self.config.outputs]
        site = self.config.site
        return {
            "feeds.opml": opml.render_feeds(site, feeds),
            "sources.opml": opml.render_sources(site, self.config.sources, self.config.topics),
        }


def _names(states: Mapping[str, OutputState], living: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Say by slug under which names each output is written; those that ended keep what no other one took over."""
    ended = sorted(
        (state for slug, state in states.items() if slug not in living),
        key=lambda state: (state.ended or state.updated, state.slug),
        reverse=True,
    )
    names: dict[str, tuple[str, ...]] = {}
    taken: set[str] = set()
    for state in (*(states[slug] for slug in living), *ended):
        if left := tuple(name for name in (state.slug, *state.formerly) if name not in taken):
            names[state.slug] = left
            taken.update(left)
    return names


def _chain(closed: Sequence[Archive]) -> Iterator[tuple[Archive, Archive | None, Archive | None]]:
    """Give each closed document with the one before and the one after it."""
    for index, archive in enumerate(closed):
        yield (
            archive,
            closed[index - 1] if index else None,
            closed[index + 1] if index + 1 < len(closed) else None,
        )


@kept()
def _site_then(site: model.Site, title: str, language: str, timezone: str, hub: str | None) -> model.Site:
    """Give what a site was when a document closed: the same object where it still is that."""
    then = replace(site, title=title, language=language, timezone=ZoneInfo(timezone), hub=hub)
    return site if then == site else presentation.document_safe(then)


def _render_as(slug: str, make: Callable[[], PublishedFeed]) -> Mapping[str, bytes]:
    feed = make()
    return render_feed(replace(feed, slug=slug, id=compose.feed_id(feed.site, slug)))
