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
# Spelled so that the URL standard leaves it as it is: a host that is neither encoded nor a number, and a path and a
# query of characters that are never encoded, without dots that part or climb.
_PLAIN = re.compile(
    r"https?://(?:[a-z0-9]+[.-])*[a-z]+/(?:[A-Za-z0-9_~/-]|(?<=[A-Za-z0-9_~-])\.(?=[A-Za-z0-9_~-]))*(?:\?[A-Za-z0-9_=&~.-]*)?"
)
_DEFAULT_PORT = re.compile(r":(?:80|443)$")


def clean(url: str, base: str | None = None) -> str | None:
    """Make a link absolute and free of tracking; None where it is not http(s), or over 4096 characters.

    Parameters that stay keep their order and their spelling: TYPO3's `cHash` breaks otherwise. The fragment
    stays. A user name and password are no part of a link that is shown: such a link is None.
    """
    return _latest_cleaned(url, base) if len(url) <= LONGEST else _cleaned(url, base)


def _cleaned(url: str, base: str | None) -> str | None:
    text = visible(url).strip()
    if not text or len(text) > LONGEST:
        return None
    absolute = _absolute(text, base)
    if absolute is None or not absolute.startswith(_WEB) or len(absolute) > LONGEST:
        return None
    if "@" in absolute.split("/", 3)[2]:
        return None
    if ";" in absolute:
        # What stood before a session id may be spelled otherwise where it ends.
        absolute = _absolute(_without_session(absolute), None) or ""
    return (_without_tracking(absolute) if "?" in absolute else absolute) or None


# A document names many of its links more than once.
_latest_cleaned = lru_cache(maxsize=4096)(_cleaned)


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

    origin = _origin(base) if base else ""
    if origin is not None:
        # What begins with one slash is relative to no more than the origin.
        plain = origin + text if text[0] == "/" else text
        if _PLAIN.fullmatch(plain) and "//" not in plain[8:]:
            return plain
    try:
        return str(ada_url.join_url(base, text) if base else ada_url.normalize_url(text))
    except ValueError:
        return None


@lru_cache(maxsize=8)
def _origin(base: str) -> str | None:
    """Give scheme, host and port of a base; None where it is not of the web."""
    address = _absolute(base, None)
    return "/".join(address.split("/", 3)[:3]) if address and address.startswith(_WEB) else None


def _without_session(url: str) -> str:
    """Drop a session id from the path."""
    path, mark, rest = re.split(r"([?#]|$)", url, maxsplit=1)
    return _SESSION.sub("", path) + mark + rest


def _without_tracking(url: str) -> str:
    """Drop tracking parameters from the query."""
    rest, hash_sign, fragment = url.partition("#")
    path, question, query = rest.partition("?")
    kept = "&".join(part for part in query.split("&") if not _tracks(part)) if query else query
    return path + (question if kept or not query else "") + kept + hash_sign + fragment


def _tracks(parameter: str) -> bool:
    return _TRACKING.fullmatch(unquote_plus(parameter.partition("=")[0])) is not None
