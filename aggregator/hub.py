"""How does a WebSub hub learn that published files have changed?

What a publisher tells a hub is left open by the specification (WebSub section 7); hubs take what PubSubHubbub 0.3
section 7.1 says: a POST of `hub.mode=publish` and `hub.url`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from msgspec import Struct

from aggregator import __version__, links
from aggregator.model import FetchPolicy
from aggregator.polling.headers import retry_after
from aggregator.text import printable

if TYPE_CHECKING:
    import httpx

_LATER = frozenset({408, 425, 429})
"""Refusals that do not last."""
_PERMANENT = frozenset({301, 308})
_REDIRECTS = _PERMANENT | {302, 303, 307}

log = logging.getLogger(__name__)


class Limits(Struct, frozen=True, kw_only=True):
    """Seconds that one address may take, and all of them; what is not told then is told by the next run."""

    one: float = 5.0
    total: float = 20.0


class Told(Struct, kw_only=True):
    """What came of telling a hub: `settled` need not be told again, and until `wait` has passed nothing is to be told.

    `problems` holds what went wrong, and the addresses for which it did.
    """

    settled: list[str] = []
    wait: timedelta | None = None
    problems: dict[str, list[str]] = {}


async def tell(
    hub: str, addresses: Sequence[str], policy: FetchPolicy, now: datetime, *, limits: Limits | None = None
) -> Told:
    """Tell a hub that the files at these addresses have changed. Never raises for a hub, and warns once.

    Settled are those that it took, and those that it refused for good (a status of 4xx), which no further run would
    change. One that fails in another way keeps no other one waiting, unless all would fail alike.
    """
    import httpx

    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    told, limits = Told(), limits or Limits()
    if policy.unset:
        # Without the proxy that is meant nobody is asked anything.
        return told
    try:
        context = httpx.create_ssl_context(trust_env=False)
        if policy.ca_bundle is not None:
            context.load_verify_locations(policy.ca_bundle)
        client = httpx.AsyncClient(verify=context, proxy=policy.proxy, trust_env=False, timeout=limits.one)
        async with asyncio.timeout(limits.total), client:
            for address in addresses:
                if not await _goes_on(told, client, hub, address, now):
                    break
    except (TimeoutError, httpx.TimeoutException):
        told.problems["did not answer in time; the next run tries again"] = []
    except httpx.InvalidURL:
        # httpx makes the request that would follow a redirect, even where none is followed.
        told.problems["redirects to what is no address; look for another hub"] = []
    except (httpx.HTTPError, OSError) as error:
        reason = printable(str(error)) or "the connection broke off"
        told.problems[f"cannot be told ({reason}); the next run tries again"] = []
    if told.problems:
        log.warning("%s: %s", printable(hub), "; ".join(_in_words(*one) for one in told.problems.items()))
    return told


async def _goes_on(told: Told, client: httpx.AsyncClient, hub: str, address: str, now: datetime) -> bool:
    """Tell of one address; whether to go on to the next. Raises httpx.HTTPError where nobody can be reached."""
    import httpx

    try:
        # What it answers besides is not read.
        async with client.stream("POST", hub, content=_form(address), headers=_HEADERS) as answer:
            pass
    except httpx.ReadTimeout:
        told.problems.setdefault("did not answer in time, the next run tells it again", []).append(address)
        return True
    status = answer.status_code
    if status in _REDIRECTS:
        told.problems[f"answers {status}: {_redirected(hub, answer)}"] = []
        return False
    asked = retry_after(answer.headers.multi_items(), now) if status in {429, 503} else None
    if asked or status == 429:
        told.wait = asked
        then = f"for {asked.total_seconds():.0f} s" if asked else "in this run"
        told.problems[f"answers {status} and is told nothing more {then}"] = []
        return False
    is_final = answer.is_client_error and status not in _LATER
    if answer.is_success or is_final:
        told.settled.append(address)
    if not answer.is_success:
        then = "not told again until that changes again" if is_final else "the next run tells it again"
        told.problems.setdefault(f"answers {status}, {then}", []).append(address)
    return True


def _redirected(hub: str, answer: httpx.Response) -> str:
    """Say where a hub sends us. It is not followed: subscribers read the address of the hub in our feeds."""
    target = links.clean(answer.headers.get("location", ""), hub)
    if target is None:
        return "it sends us elsewhere, but not to an address; look for another hub"
    moved = "it has moved" if answer.status_code in _PERMANENT else "if that lasts, it has moved"
    return f"{moved} to {printable(target, 500)}; change `site: hub:` to that"


def _in_words(problem: str, addresses: Sequence[str]) -> str:
    if not addresses:
        return problem
    others = f" and {len(addresses) - 1} more" if addresses[1:] else ""
    return f"{problem}: {printable(addresses[0])}{others}"


_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": f"aggregator/{__version__}"}


def _form(address: str) -> bytes:
    return urlencode({"hub.mode": "publish", "hub.url": address}).encode("ascii")
