"""Which rows close into which document?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aggregator.publish.archives import SIZE, Row, closing, is_late

NOON = datetime(2025, 7, 17, 12, tzinfo=UTC)


def test_only_full_documents_close() -> None:
    """The oldest hundred close together; fewer stay open."""
    rows = [Row(number=number, story=str(number)) for number in range(1, 251)]
    assert [[row.number for row in document] for document in closing(rows)] == [
        list(range(1, 101)),
        list(range(101, 201)),
    ]
    assert closing(rows[:99]) == []


def test_what_leaves_closes_at_once_and_apart() -> None:
    """A late or crowded story waits for no hundred and shares no document with the rest."""
    rows = [Row(number=1, story="a"), Row(number=2, story="b", leaves=True), Row(number=3, story="c")]
    assert closing(rows, {"c"}) == [(rows[1], rows[2])]


def test_late_is_a_week_behind_the_newest() -> None:
    """Only a story that was known, or came with a new source, can be late."""
    old = NOON - timedelta(days=7, seconds=1)
    assert is_late(old, NOON, is_known=True)
    assert not is_late(old, NOON, is_known=False)
    assert not is_late(NOON - timedelta(days=7), NOON, is_known=True)


@given(st.lists(st.booleans(), max_size=450))
def test_every_row_closes_once_or_stays(flags: list[bool]) -> None:
    """No row is in two documents, no document is larger than full, and less than a full one stays open."""
    rows = [Row(number=number, story=str(number), leaves=flag) for number, flag in enumerate(flags)]
    documents = closing(rows)
    closed = [row.number for document in documents for row in document]
    assert len(closed) == len(set(closed))
    assert all(0 < len(document) <= SIZE for document in documents)
    assert {row.number for row in rows if row.leaves} <= set(closed)
    assert len(rows) - len(closed) < SIZE
