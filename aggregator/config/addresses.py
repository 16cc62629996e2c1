"""Is this an address that can be asked, and what may go with it?

Each function takes the text that stands in feeds.yaml, gives it back, and raises ValueError with the end of a sentence
that begins with the key, as in values.py.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from aggregator.text import printable

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

_LONGEST = 2000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_WEB = re.compile(r"https?://([^/?#]+)", re.IGNORECASE)
_HOST = re.compile(r"(?=.{1,253}\.?$)[\w-]{1,63}(?:\.[\w-]{1,63})*\.?")
_PORT = re.compile(r"[0-9]{1,5}")
_EMAIL = re.compile(r"[!-'*+./-;=?A-Z^-~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_CONTACT_ADDRESS = re.compile(r"[!-'*-;=?-\[\]-~]+")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PRINTABLE_ASCII = re.compile(r"[!-~](?:[ -~]*[!-~])?")


def web_address(value: str, *, credentials: bool = False) -> str:
    """Check an absolute http(s) address with a host; `credentials` allows `user:password@` in it."""
    shown = _without_credentials(value)
    _check_characters(value, shown)
    match = _WEB.match(value)
    if match is None:
        raise ValueError(f"must be an address that begins with https:// or http:// and a host, not `{shown}`")
    if "@" in match.group(1) and not credentials:
        raise ValueError(
            "has a name or password in the address: take it out; a source has the keys `user` and `password`"
        )
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"has an impossible host or port in `{shown}`") from error
    if port == 0 or not _is_host(host):
        raise ValueError(f"has an impossible host or port in `{shown}`")
    return value


def home_address(value: str) -> str:
    """Check the address of a folder on the web, and end it with a slash."""
    address = web_address(value)
    if "?" in address or "#" in address:
        raise ValueError("must be the address of a folder, without `?` or `#`")
    return address if address.endswith("/") else f"{address}/"


def proxy_address(value: str) -> str:
    """Check the address of a proxy, where a name and a password may stand, and `${NAME}` for all or a part of it."""
    with_variables(value)
    return value if value.startswith("${") else web_address(VARIABLE.sub("1", value), credentials=True) and value


def is_web(address: str) -> bool:
    """Tell an address on the web from the path of a local file."""
    return _WEB.match(address) is not None


def feed_address(value: str) -> str:
    """Check the address of a feed on the web, or the path of a local file; `${NAME}` may stand in it."""
    with_variables(value)
    if value.startswith("${"):
        return value
    # What a variable holds is not known here: a digit fits at any place of an address, even as a port.
    probe = VARIABLE.sub("1", value)
    if _SCHEME.match(probe) or probe.startswith(("www.", "//")):
        return web_address(probe) and value
    return file_path(value)


def page_address(value: str) -> str:
    """Check the address of a page on the web; `${NAME}` may stand in it."""
    with_variables(value)
    return value if value.startswith("${") else web_address(VARIABLE.sub("1", value)) and value


def file_path(value: str) -> str:
    """Check the path of a local file; whether it exists is another question."""
    if not value or not value.isprintable() or len(value) > _LONGEST:
        raise ValueError(f"must be the path of a file, not `{printable(value, 60)}`")
    if _SCHEME.match(value):
        raise ValueError("must be the path of a file, not an address: an address on the web is a `feed`")
    return value


def contact(value: str) -> str:
    """Check an e-mail or web address that is sent to publishers in our User-Agent."""
    if _EMAIL.fullmatch(value):
        return value
    if is_web(value) and _CONTACT_ADDRESS.fullmatch(value):
        return web_address(value)
    raise ValueError(f"must be an e-mail address or a web address in plain ASCII, not `{printable(value, 60)}`")


def allowed(value: str) -> str:
    """Check what the operator opens: a host (`intranet.example`), `host:port`, or a network (`10.0.0.0/8`)."""
    text = value.lower()
    if "/" in text:
        try:
            return str(ipaddress.ip_network(text))
        except ValueError as error:
            raise ValueError(
                f"must be hosts, host:port or networks such as 10.0.0.0/8, not `{printable(value, 60)}`"
            ) from error
    if _is_host(text.strip("[]")):
        return text.strip("[]")
    host, _, port = text.rpartition(":")
    if _is_host(host.strip("[]")) and _PORT.fullmatch(port) and 0 < int(port) <= 65535:
        return text
    raise ValueError(f"must be hosts, host:port or networks such as 10.0.0.0/8, not `{printable(value, 60)}`")


def credential(value: str) -> str:
    """Check a user's name or a password: not empty, no control characters."""
    if not value or not value.isprintable():
        raise ValueError("is empty or has a control character in it")
    return value


def user_name(value: str) -> str:
    """Check a user's name, which ends at the first colon on the wire (RFC 7617 section 2)."""
    if ":" in value:
        raise ValueError("must not have a colon in it: the password has a key of its own, `password`")
    return credential(value)


def header_name(value: str) -> str:
    """Check the name of a header (a token, RFC 9110 section 5.1)."""
    if not _TOKEN.fullmatch(value):
        raise ValueError("is no name of a header: letters, digits and hyphens, such as `X-Api-Key`")
    return value


def header_value(value: str) -> str:
    """Check the value of a header: printable ASCII on one line (RFC 9110 section 5.5)."""
    if not _PRINTABLE_ASCII.fullmatch(value):
        raise ValueError("must be one line of plain ASCII characters")
    return value


def with_variables(value: str) -> str:
    """Check that what looks like a variable is one, `${NAME}`."""
    if "${" in VARIABLE.sub("", value):
        raise ValueError("has a `${` that begins no variable: write ${NAME}, of letters, digits and underscores")
    return value


def _without_credentials(value: str) -> str:
    return printable(re.sub(r"//[^/?#]*@", "//***@", value), 80)


def _check_characters(value: str, shown: str) -> None:
    if len(value) > _LONGEST:
        raise ValueError(f"is longer than {_LONGEST} characters")
    if not value.isprintable() or any(c.isspace() or c in '\\<>"`{}|^' for c in value):
        raise ValueError(f"has a blank or another character in it that no address has: `{shown}`")


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return False
        return True
    return _HOST.fullmatch(host) is not None
