"""Which address does a link really mean, and when are two links the same page?

    clean        absolute, http or https, without tracking parameters: what is stored and shown
    canonical    a key for comparison only, never shown and never asked

Parsing is the WHATWG URL standard's, as browsers do it (ada-url; this is its only importer).
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote_plus

from aggregator.text import visible

LONGEST = 4096

# Advertisers, newsletters, Matomo, AT Internet, and the session ids of Java and PHP.
_TRACKING = re.compile(
    r"(?:utm|mtm|matomo|piwik)_.*|at_(?:medium|campaign|custom).*|pk_(?:campaign|kwd|keyword|source|medium)"
    r"|(?:fb|g|d|y|tw|tt)clid|msclkid|gbraid|wbraid|igshid|mc_[ce]id|mkt_tok|wt_z?mc|xtor|_hs(?:enc|mi)"
    r"|vero_id|oly_(?:anon|enc)_id|jsessionid|phpsessid",
    re.IGNORECASE | re.DOTALL,
)
_SESSION = re.compile(r";jsessionid=[^/?#;]*", re.IGNORECASE)
_WEB = ("http://", "https://")
_DEFAULT_PORT = re.compile(r":(?:80|443)$")


def clean(url: str, base: str | None = None) -> str | None:
    """Make a link absolute and free of tracking; None where it is not http(s), or over 4096 characters.

    Parameters that stay keep their order and their spelling: TYPO3's `cHash` breaks otherwise. The fragment
    stays. A user name and password are no part of a link that is shown: such a link is None.
    """
    text = visible(url).strip()
    if not text or len(text) > LONGEST:
        return None
    return _cleaned(text, base)


@lru_cache(maxsize=4096)
def _cleaned(text: str, base: str | None) -> str | None:
    """Clean a link; a document names many of its links more than once."""
    absolute = _absolute(text, base)
    if absolute is None or not absolute.startswith(_WEB) or len(absolute) > LONGEST:
        return None
    if "@" in absolute.split("/", 3)[2]:
        return None
    return _without_tracking(absolute)


def canonical(url: str) -> str:
    """Give the key that compares two links: no scheme, default port, fragment, tracking or last slash."""
    address = (clean(url) or url).partition("#")[0]
    host, slash, rest = address.partition("://")[2].partition("/")
    if not host:
        return address
    path, question, query = (slash + rest).partition("?")
    return _DEFAULT_PORT.sub("", host.lower()) + path.rstrip("/") + question + query


def _absolute(text: str, base: str | None) -> str | None:
    import ada_url

    try:
        return str(ada_url.join_url(base, text) if base else ada_url.normalize_url(text))
    except ValueError:
        return None


def _without_tracking(url: str) -> str:
    """Drop tracking parameters from the query, and a session id from the path."""
    rest, hash_sign, fragment = url.partition("#")
    path, question, query = rest.partition("?")
    path = _SESSION.sub("", path)
    kept = "&".join(part for part in query.split("&") if not _tracks(part)) if query else query
    return path + (question if kept or not query else "") + kept + hash_sign + fragment


def _tracks(parameter: str) -> bool:
    return _TRACKING.fullmatch(unquote_plus(parameter.partition("=")[0])) is not None
