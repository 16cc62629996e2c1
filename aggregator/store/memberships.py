"""Which story is in which topic, and why?

Outputs that choose stories by a rule of their own stand among the topics, as `:slug`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import orjson

from aggregator.model import Story, TopicMatch
from aggregator.store import rows as columns
from aggregator.store.connection import Connection


def settle(connection: Connection, stories: Sequence[Story]) -> None:
    """Write in which topics stories are from now on; what stays so is left as it is."""
    connection.run_many(
        "DELETE FROM memberships WHERE story = ? AND topic NOT IN (SELECT value FROM json_each(?))",
        [(story.id, orjson.dumps(list(_memberships(story))).decode()) for story in stories],
    )
    add(connection, stories)


def add(connection: Connection, stories: Iterable[Story]) -> None:
    """Write in which topics stories are; the sort key of a story never moves."""
    connection.run_many(
        "INSERT INTO memberships VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET matches = excluded.matches WHERE matches <> excluded.matches",
        [
            (topic, story.id, columns.instant(story.order_date), story.run, story.place, columns.matches_json(why))
            for story in stories
            for topic, why in _memberships(story).items()
        ],
    )


def drop(connection: Connection, stories: Iterable[str]) -> None:
    """Take stories out of all topics."""
    connection.run_many("DELETE FROM memberships WHERE story = ?", [(story,) for story in stories])


def _memberships(story: Story) -> dict[str, tuple[TopicMatch, ...]]:
    """Give the matches of a story by topic; one that is withdrawn is in none."""
    if story.is_hidden:
        return {}
    memberships: dict[str, tuple[TopicMatch, ...]] = {f":{slug}": () for slug in story.outputs}
    for match in story.matches:
        memberships[match.topic] = (*memberships.get(match.topic, ()), match)
    return memberships
