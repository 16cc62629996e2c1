"""How does a WebSub hub learn that published files have changed?

What a publisher tells a hub is left open by the specification (WebSub section 7); hubs take what PubSubHubbub 0.3
section 7.1 says: a POST of `hub.mode=publish` and `hub.url`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aggregator import __version__
from aggregator.model import FetchPolicy
from aggregator.text import printable

if TYPE_CHECKING:
    import httpx

_TOTAL = 20.0
"""Seconds that all of it may take; what is not told then is told by the next run."""

_ONE = 5.0
"""Seconds that one address may take."""
_LATER = frozenset({408, 425, 429})
"""Refusals that do not last."""

log = logging.getLogger(__name__)


async def tell(hub: str, addresses: Sequence[str], policy: FetchPolicy) -> list[str]:
    """Tell a hub that the files at these addresses have changed. Never raises for a hub.

    Gives those that it took, and those that it refused for good (a status of 4xx), which no further run would change.
    One that fails in another way keeps no other one waiting.
    """
    import httpx

    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    told: list[str] = []
    if policy.unset:
        # Without the proxy that is meant nobody is asked anything.
        return told
    try:
        context = httpx.create_ssl_context(trust_env=False)
        if policy.ca_bundle is not None:
            context.load_verify_locations(policy.ca_bundle)
        client = httpx.AsyncClient(verify=context, proxy=policy.proxy, trust_env=False, timeout=_ONE)
        async with asyncio.timeout(_TOTAL), client:
            for address in addresses:
                told += [address] if await _took(client, hub, address) else []
    except (httpx.HTTPError, OSError, TimeoutError) as error:
        reason = printable(str(error) or type(error).__name__)
        log.warning("%s: cannot be told (%s); the next run tries again", printable(hub), reason)
    return told


async def _took(client: httpx.AsyncClient, hub: str, address: str) -> bool:
    """Tell of one address; whether it need not be told again. Raises httpx.HTTPError where nobody can be reached."""
    import httpx

    try:
        # What it answers besides is not read.
        async with client.stream("POST", hub, content=_form(address), headers=_HEADERS) as answer:
            status = answer.status_code
    except httpx.ReadTimeout:
        log.warning("%s: does not answer for %s; the next run tells it again", printable(hub), printable(address))
        return False
    if answer.is_success:
        return True
    is_final = answer.is_client_error and status not in _LATER
    then = "it is not told again until that changes again" if is_final else "the next run tells it again"
    log.warning("%s: answers %s for %s; %s", printable(hub), status, printable(address), then)
    return is_final


_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": f"aggregator/{__version__}"}


def _form(address: str) -> bytes:
    return urlencode({"hub.mode": "publish", "hub.url": address}).encode("ascii")
