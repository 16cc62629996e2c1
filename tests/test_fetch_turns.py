"""Is each host asked by one at a time, and in peace?"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from aggregator.fetch.turns import PausedError, Turns

LATER = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_one_at_a_time_and_one_an_interval() -> None:
    """Requests to one host never overlap, and each starts an interval after the end of the last."""

    async def ask() -> list[tuple[float, float]]:
        turns = Turns(places=100, interval=0.05, paused={})
        times: list[tuple[float, float]] = []

        async def one() -> None:
            async with turns.turn("x.example"):
                begun = asyncio.get_running_loop().time()
                await asyncio.sleep(0.01)
                times.append((begun, asyncio.get_running_loop().time()))

        await asyncio.gather(*(one() for _ in range(4)))
        return times

    times = asyncio.run(ask())
    assert all(begun - ended >= 0.05 for (_, ended), (begun, _) in pairwise(times))


def test_hosts_do_not_wait_for_each_other_but_for_a_place() -> None:
    """Different hosts are asked at once, up to the number of places."""

    async def ask() -> int:
        turns = Turns(places=3, interval=60, paused={})
        running, most = 0, 0

        async def one(host: str) -> None:
            nonlocal running, most
            async with turns.turn(host):
                running += 1
                most = max(most, running)
                await asyncio.sleep(0)
                running -= 1

        await asyncio.gather(*(one(f"h{number}.example") for number in range(10)))
        return most

    assert asyncio.run(ask()) == 3


def test_a_paused_host_is_asked_by_nobody() -> None:
    """A pause holds for those that come later, for those that wait, and from an earlier run."""

    async def ask() -> list[object]:
        turns = Turns(places=3, interval=0, paused={"b.example": LATER})

        async def one(host: str) -> str:
            async with turns.turn(host):
                turns.pause(host, LATER)
                await asyncio.sleep(0)
                return host

        return list(await asyncio.gather(one("a.example"), one("a.example"), one("b.example"), return_exceptions=True))

    first, waiting, earlier = asyncio.run(ask())
    assert first == "a.example"
    for error in (waiting, earlier):
        assert isinstance(error, PausedError)
        assert error.until == LATER


def test_a_failure_gives_the_turn_on() -> None:
    """An error within a turn ends it."""

    async def ask() -> None:
        turns = Turns(places=1, interval=0, paused={})
        with pytest.raises(ZeroDivisionError):
            async with turns.turn("a.example"):
                raise ZeroDivisionError
        async with turns.turn("a.example"):
            return

    asyncio.run(ask())
