"""What do the commands do that tell why a story is what it is, and that find the stories anew?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from aggregator.cli import Settings, commands
from aggregator.cli.command import warn_of_unmatched
from aggregator.model import Precision, Story
from aggregator.text import printable

if TYPE_CHECKING:
    from aggregator.model import StoredEntry
    from aggregator.pipeline.anew import Anew
    from aggregator.pipeline.explain import Explanation

_TITLE = 160
_LINK = 2000


@commands.command()
@click.argument("what")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.pass_obj
def explain(settings: Settings, what: str, *, as_json: bool) -> int:
    """Tell why a story has its copies and topics, and why others are not the same.

    WHAT is a title, a link, an id, or any text: of a text that is no stored story, its topics are told.
    """
    from aggregator.cli.wording import dump
    from aggregator.pipeline.explain import explain as explain_stored

    if not what.strip():
        raise click.UsageError("say what to explain: a title, a link, an id or a text")
    config = settings.load()
    # What a terminal hands over as bytes that are no text stands for nothing that is stored.
    explanation = explain_stored(config, what.encode("utf-8", "replace").decode("utf-8"))
    if as_json:
        click.echo(dump(_facts(explanation)))
    else:
        for line in _lines(explanation, what, config.site.timezone):
            settings.say(line)
    return 0


@commands.command()
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@click.pass_obj
def rematch(settings: Settings, *, dry_run: bool) -> int:
    """File all that is stored anew, by the rules as they are now, and publish; asks no source."""
    from aggregator.cli.report import written_line
    from aggregator.pipeline.anew import file_anew, rehearse
    from aggregator.pipeline.workplace import workplace

    config, now = settings.load(), datetime.now(UTC)
    if dry_run:
        anew, last = rehearse(config, now), "Nothing was written"
    else:
        with workplace(config) as place:
            anew, written = file_anew(place, now)
            warn_of_unmatched(place)
        last = written_line(written)
    for line in (*_anew_lines(anew), last):
        settings.say(line)
    return 0


def _facts(explanation: Explanation) -> dict[str, object]:
    return {
        "story": explanation.story and _story_facts(explanation.story),
        "near_misses": [{"title": near.title, "why_not": near.why_not} for near in explanation.near_misses],
        "topics": [
            {"id": verdict.topic, "term": match.term, "field": match.field, "words": match.words}
            for verdict in explanation.verdicts
            for match in verdict.matches
        ],
        "not_topics": [
            {"id": verdict.topic, "why_not": verdict.why_not}
            for verdict in explanation.verdicts
            if verdict.why_not is not None
        ],
    }


def _story_facts(story: Story) -> dict[str, object]:
    return {
        "id": f"urn:uuid:{story.id}",
        "title": story.shown_entry.entry.title or "",
        "order_date": story.order_date,
        "copies": [
            {
                "source": stored.source,
                "link": stored.entry.link,
                "first_seen": stored.first_seen,
                "reason": stored.reason,
            }
            for stored in _copies(story)
        ],
    }


def _copies(story: Story) -> Sequence[StoredEntry]:
    """Give who carried a story, in the order in which that was published."""
    return sorted(story.entries, key=lambda stored: stored.first_seen)


def _lines(explanation: Explanation, told: str, zone: ZoneInfo) -> Iterator[str]:
    if explanation.reference:
        yield f"No stored story has the link or id {printable(told, _LINK)}"
        return
    if explanation.story:
        yield from _story_lines(explanation.story, zone)
    else:
        yield f"No stored story is called {_quoted(told)}; as a title it would be judged so:"
    yield ""
    yield from _topic_lines(explanation)
    if explanation.near_misses:
        yield ""
        yield "Near, but not the same"
        for near in explanation.near_misses:
            yield f"  {_quoted(near.title)}: {printable(near.why_not)}"
    if explanation.others:
        yield ""
        yield "Others that may be meant"
        for story in explanation.others:
            yield f"  {_quoted(story.title)}, {_date(story, zone)}, urn:uuid:{story.id}"


def _story_lines(story: Story, zone: ZoneInfo) -> Iterator[str]:
    from aggregator.cli.wording import moment

    yield printable(story.shown_entry.entry.title or "(no title)", _TITLE)
    yield f"  urn:uuid:{story.id}, {_date(story, zone)}"
    if story.is_hidden:
        yield "  withdrawn: `hide` of feeds.yaml names it"
    yield ""
    yield "Copies"
    for stored in _copies(story):
        seen = moment(stored.first_seen, zone)
        yield f"  {stored.source}, first seen {seen}: {printable(stored.reason or '', _LINK)}"
        if stored.entry.link:
            yield f"    {printable(stored.entry.link, _LINK)}"


def _topic_lines(explanation: Explanation) -> Iterator[str]:
    yield "Topics"
    for verdict in explanation.verdicts:
        for match in verdict.matches:
            yield f"  {verdict.topic}: `{match.term}` in the {match.field}: „{printable(match.words)}“"
    if all(verdict.why_not is not None for verdict in explanation.verdicts):
        yield "  none"
    for verdict in explanation.verdicts:
        if verdict.why_not is not None:
            yield f"  not {verdict.topic}: {printable(verdict.why_not)}"


def _date(story: Story, zone: ZoneInfo) -> str:
    form = "%Y-%m-%d" if story.precision is Precision.DAY else "%Y-%m-%d %H:%M"
    return story.order_date.astimezone(zone).strftime(form)


def _anew_lines(anew: Anew) -> Iterator[str]:
    yield from (f"merged: {_quoted(title)} into {_quoted(into)}" for title, into in anew.merged)
    yield from (f"split: {_quoted(title)} off {_quoted(origin)}" for title, origin in anew.split)
    yield from (f"withdrawn: {_quoted(title)}" for title in anew.withdrawn)
    yield from (f"restored: {_quoted(title)}" for title in anew.restored)
    yield from (f"{topic} gains {_quoted(title)}" for title, topic in anew.gained)
    yield from (f"{topic} loses {_quoted(title)}" for title, topic in anew.lost)
    if anew == type(anew)():
        yield "No story moves"


def _quoted(title: str) -> str:
    return f"„{printable(title, _TITLE)}“"
