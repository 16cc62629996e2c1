"""Which rows of an output's log close into which archive document (RFC 5005 section 4)?

An output's log names its stories in the order in which they joined it, and again where the shown text of one changed
after it was archived. A row is open until a document closes over it; what is open stands in the document that readers
subscribe to, so that nothing falls between. Documents close by count, never by the calendar.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

SIZE = 100
"""Rows of a document that is full."""
LATE = timedelta(days=7)
"""How much older than the newest story one may be that comes with a new rule or source, and still be news."""


class Row(Struct, frozen=True, kw_only=True):
    """An open row of the log: `number` counts from 1, `story` is its id.

    It `leaves` where the subscription document may not show it any more: its story came late, or has left the output.
    """

    number: int
    story: str
    leaves: bool = False


def closing(rows: Sequence[Row], crowded: Collection[str] = ()) -> list[tuple[Row, ...]]:
    """Give the documents that close now, each as its rows, from open rows in their order.

    What leaves the subscription document closes at once, apart from the rest; so do the `crowded` stories, which a
    bound on stories of one source keeps out of it. The rest closes as soon as a document is full.
    """
    leaving = [row for row in rows if row.leaves or row.story in crowded]
    staying = [row for row in rows if not (row.leaves or row.story in crowded)]
    full = len(staying) - len(staying) % SIZE
    return [*_documents(leaving), *_documents(staying[:full])]


def is_late(order_date: datetime, newest: datetime, *, is_known: bool) -> bool:
    """Say whether a story that joins is too old to be news: one that is known already, or came with a new source."""
    return is_known and order_date < newest - LATE


def _documents(rows: Sequence[Row]) -> list[tuple[Row, ...]]:
    return [tuple(rows[start : start + SIZE]) for start in range(0, len(rows), SIZE)]
