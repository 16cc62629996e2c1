"""Do dead names make good ones wait?"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import pytest

from aggregator.errors import SourceError
from aggregator.fetch.resolver import Resolver, Threads, system_lookup


def resolve(lookup: object, *hosts: str, threads: int = 4, timeout: float = 5.0) -> list[object]:
    async def ask() -> list[object]:
        pool = Threads(threads)
        resolver = Resolver(pool, lookup, timeout)  # type: ignore[arg-type]
        try:
            return list(await asyncio.gather(*map(resolver.resolve, hosts), return_exceptions=True))
        finally:
            pool.close()

    return asyncio.run(ask())


def reason(answer: object) -> str:
    assert isinstance(answer, SourceError)
    return answer.reason


def test_an_address_needs_no_resolver() -> None:
    """What is an IP address is asked nobody for."""
    assert resolve(None, "127.0.0.1", "0:0:0:0:0:0:0:1") == [("127.0.0.1",), ("::1",)]


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
def test_the_system_reads_odd_spellings_of_addresses(host: str) -> None:
    """Decimal, octal, hex and short forms come out as the address that would be connected to."""
    assert resolve(system_lookup, host) == [("127.0.0.1",)]


def test_answers_are_shared() -> None:
    """A name is looked up once in a run, however many ask and whatever came of it."""
    asked: list[str] = []

    def lookup(host: str) -> Sequence[str]:
        asked.append(host)
        if host == "tot.example":
            raise OSError("unknown")
        return ["8.8.8.8", "8.8.8.8", "2a02::1"]

    answers = resolve(lookup, "x.example", "x.example", "tot.example", "tot.example")
    assert answers[:2] == [("8.8.8.8", "2a02::1")] * 2
    assert [reason(answer) for answer in answers[2:]] == ["dns", "dns"]
    assert sorted(asked) == ["tot.example", "x.example"]


def test_no_answer_and_odd_names_are_dns_failures() -> None:
    """A name without addresses, and one that no resolver takes, are failures of DNS."""
    assert reason(resolve(lambda _: [], "leer.example")[0]) == "dns"
    assert reason(resolve(system_lookup, "x" * 70 + ".example")[0]) == "dns"


def test_dead_names_take_their_time_only() -> None:
    """A name that is never answered fails after its time, and hinders neither another one nor the end."""
    never = threading.Event()

    def lookup(host: str) -> Sequence[str]:
        if host.startswith("tot"):
            never.wait(10)
        return ["8.8.8.8"]

    answers = resolve(lookup, "tot1.example", "tot2.example", "gut.example", threads=3, timeout=0.05)
    assert [reason(answer) for answer in answers[:2]] == ["dns", "dns"]
    assert answers[2] == ("8.8.8.8",)
    never.set()


def test_waiting_for_a_thread_does_not_count() -> None:
    """Names that wait for a thread have all their time once they get it."""
    turn = threading.Semaphore(1)

    def lookup(_: str) -> Sequence[str]:
        with turn:
            threading.Event().wait(0.03)
        return ["8.8.8.8"]

    hosts = [f"h{number}.example" for number in range(5)]
    assert resolve(lookup, *hosts, threads=1, timeout=0.1) == [("8.8.8.8",)] * 5
