"""Which stories does an operator mean?"""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.store import comparing
from aggregator.store.connection import Connection
from aggregator.stories.overrules import Name

_MOST_WORDS = 12


def find(connection: Connection, name: Name) -> list[str]:
    """Give ids of the stories that bear a title, link or id, the newest first (see `Store.find_stories`)."""
    known = comparing.named(connection, [name])
    found = {story.id for story in known if any(map(name.names, story.identities()))}
    if name.story and not found:
        found = _merged(connection, name.story)
    if not found:
        # A headline that was changed since is found as readers see it now.
        rows = connection.rows(
            "SELECT DISTINCT story FROM entries WHERE source IN (SELECT number FROM sources) AND title_key = ?"
            " AND story IS NOT NULL",
            (name.key,),
        )
        found = {row["story"] for row in rows}
    marks = ",".join("?" * len(found))
    order = f"SELECT id FROM stories WHERE id IN ({marks}) ORDER BY order_date DESC, run DESC, place, id"
    return [row["id"] for row in connection.rows(order, sorted(found))]


def about(connection: Connection, words: Sequence[str], limit: int) -> list[str]:
    """Give ids of stories in whose titles, or those of their copies, most of some folded words stand.

    See `Store.stories_about`.
    """
    words = words[:_MOST_WORDS]
    if not words:
        return []
    hits = " + ".join("(instr(t.title_key, ?) > 0)" for _ in words)
    titles = "SELECT id AS story, title_key FROM stories UNION ALL SELECT story, title_key FROM entries"
    found = connection.rows(
        f"SELECT s.id, max({hits}) AS hits FROM ({titles}) t JOIN stories s ON s.id = t.story"
        " WHERE s.merged_into IS NULL GROUP BY s.id HAVING hits > 0"
        " ORDER BY hits DESC, s.order_date DESC, s.run DESC, s.place, s.id LIMIT ?",
        (*words, limit),
    )
    return [row["id"] for row in found]


def _merged(connection: Connection, story: str) -> set[str]:
    """Give the story that one was merged into, at last."""
    found = connection.rows(
        "WITH RECURSIVE way (id, next) AS (SELECT id, merged_into FROM stories WHERE id = ?"
        " UNION SELECT s.id, s.merged_into FROM stories s JOIN way ON s.id = way.next)"
        " SELECT id FROM way WHERE next IS NULL",
        (story,),
    )
    return {row["id"] for row in found}
