"""How does a WebSub hub learn that published files have changed?

What a publisher tells a hub is left open by the specification (WebSub section 7); hubs take what PubSubHubbub 0.3
section 7.1 says: a POST of `hub.mode=publish` and `hub.url`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from urllib.parse import urlencode

from aggregator import __version__
from aggregator.model import FetchPolicy
from aggregator.text import printable

_TOTAL = 20.0
"""Seconds that all of it may take; what is not told then is told by the next run."""

log = logging.getLogger(__name__)


async def tell(hub: str, addresses: Sequence[str], policy: FetchPolicy) -> list[str]:
    """Tell a hub that the files at these addresses have changed; gives those that it took. Never raises for a hub."""
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
        client = httpx.AsyncClient(verify=context, proxy=policy.proxy, trust_env=False, timeout=_TOTAL / 2)
        async with asyncio.timeout(_TOTAL), client:
            for address in addresses:
                # What it answers besides is not read.
                async with client.stream("POST", hub, content=_form(address), headers=_HEADERS) as answer:
                    if not answer.is_success:
                        log.warning("%s: answers %s; the next run tells it again", printable(hub), answer.status_code)
                        return told
                told.append(address)
    except (httpx.HTTPError, OSError, TimeoutError) as error:
        reason = printable(str(error) or type(error).__name__)
        log.warning("%s: cannot be told (%s); the next run tries again", printable(hub), reason)
    return told


_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": f"aggregator/{__version__}"}


def _form(address: str) -> bytes:
    return urlencode({"hub.mode": "publish", "hub.url": address}).encode("ascii")
