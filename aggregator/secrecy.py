"""What must not be said of a source, and how does a text lose it?

    veil_of(secrets)              what feeds.yaml holds for one source alone: no text that came of it may repeat it
    veil_of(secrets, address)     besides that the address itself, for a source that must not be named

A secret is found as it is, in any case, percent-encoded (once or twice), as references of HTML and as escapes of JSON,
and where a text was cut within it. What a server makes of a secret otherwise (a hash, base64) nobody can know.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote_plus, urlsplit

from msgspec.structs import replace

from aggregator.model import Author, Channel, Enclosure, Entry, Reading

MASK = "***"
"""What stands in a text in place of a secret."""
SHORTEST = 4
"""Characters below which nothing is masked: two letters stand in every text."""

_WHOLE_WORD = 8
"""Characters below which a secret is masked only where it stands by itself: `rat4` is no part of `Rat40`."""
_LONGEST_CUT = 80
_NEVER = re.compile(r"(?!)")
_PARTS = re.compile(r"[/?&=#;:@,\s]+")
_LINK = re.compile(r'<img [^<>]*>| (?:href|src)="[^"]*"')


class Veil:
    """Takes secrets out of texts: links that hold one go, in all other text it is masked."""

    def __init__(self, secrets: Iterable[str], address: str | None = None) -> None:
        plain = {spelled for secret in secrets for spelled in (secret, unquote_plus(secret))}
        told = {part for secret in plain for part in _parts(secret) if len(part) >= SHORTEST}
        # The longer first: one may be the beginning of another.
        patterns = [_spelled(secret) for secret in sorted(told, key=lambda one: (-len(one), one))]
        patterns += [_addressed(address)] if address else []
        found = "|".join(filter(None, patterns))
        self._pattern = re.compile(found, re.IGNORECASE) if found else None
        # The pattern is slow to fail, and a text is long: so it is tried only where it may begin.
        starts = {start for one in told for start in (one[0].lower(), one[0].upper(), *"%&\\")}
        starts |= set("+" if " " in starts else "") | set("hH/" if address else "")
        self._starts = re.compile(f"[{re.escape(''.join(sorted(starts)))}]") if starts else _NEVER

    def __bool__(self) -> bool:
        """Whether there is anything to hide."""
        return self._pattern is not None

    def hides(self, told: str) -> bool:
        """Say whether a text holds a secret."""
        return any(True for _ in self._found(told))

    def text(self, told: str) -> str:
        """Mask what is secret in a text."""
        parts, position = [], 0
        for start, end in self._found(told):
            parts += [told[position:start], MASK]
            position = end
        return "".join([*parts, told[position:]]) if parts else told

    def html(self, told: str) -> str:
        """Take out links and images of safe HTML that hold a secret, and mask what else does."""
        return self.text(_LINK.sub(lambda link: "" if self.hides(link[0]) else link[0], told)) if self else told

    def link(self, told: str | None) -> str | None:
        """Give a link; None where it holds a secret, which no link does without."""
        return None if told is not None and self.hides(told) else told

    def reading(self, reading: Reading) -> Reading:
        """Give what came out of a document without what is secret."""
        if not self:
            return reading
        return replace(
            reading,
            entries=tuple(map(self.entry, reading.entries)),
            channel=self._channel(reading.channel),
            report=tuple(map(self.text, reading.report)),
        )

    def entry(self, entry: Entry) -> Entry:
        """Give an entry without what is secret."""
        if not self:
            return entry
        return replace(
            entry,
            id=self.text(entry.id),
            title=entry.title and self.text(entry.title),
            link=self.link(entry.link),
            summary=(entry.summary and self.html(entry.summary)) or None,
            content=(entry.content and self.html(entry.content)) or None,
            authors=self._authors(entry.authors),
            categories=tuple(map(self.text, entry.categories)),
            enclosures=self._enclosures(entry.enclosures),
            comments=self.link(entry.comments),
            origin=entry.origin and self._channel(entry.origin),
        )

    def _found(self, told: str) -> Iterator[tuple[int, int]]:
        """Give where what is secret stands in a text, in order."""
        position = 0
        for start in self._starts.finditer(told) if self._pattern else ():
            if self._pattern and start.start() >= position and (found := self._pattern.match(told, start.start())):
                position = found.end()
                yield found.span()

    def _channel(self, channel: Channel) -> Channel:
        return replace(
            channel,
            id=channel.id and self.text(channel.id),
            title=channel.title and self.text(channel.title),
            link=self.link(channel.link),
            self_link=self.link(channel.self_link),
        )

    def _authors(self, authors: Iterable[Author]) -> tuple[Author, ...]:
        return tuple(
            Author(name=self.text(author.name), url=self.link(author.url), email=self.link(author.email))
            for author in authors
        )

    def _enclosures(self, enclosures: Iterable[Enclosure]) -> tuple[Enclosure, ...]:
        return tuple(
            replace(file, title=file.title and self.text(file.title)) for file in enclosures if not self.hides(file.url)
        )


@lru_cache(maxsize=1024)
def veil_of(secrets: tuple[str, ...], address: str | None = None) -> Veil:
    """Give the veil over a source's secrets, and over its address where nobody may learn that."""
    return Veil(secrets, address)


def _parts(secret: str) -> Iterable[str]:
    """Give a secret, and what of it may be said alone: the keys in an address, the token behind `Bearer`."""
    yield secret
    parts = _PARTS.split(secret)
    if len(parts) > 1:
        yield from (part for part in parts if len(part) >= _WHOLE_WORD and any(map(str.isdigit, part)))
    if " " in secret and len(parts[-1]) >= _WHOLE_WORD:
        yield parts[-1]


def _spelled(secret: str) -> str:
    """Give a pattern for all spellings of a secret, and for its greater half where a text is cut within it."""
    characters = [_character(one) for one in secret]
    whole = "".join(characters)
    if len(secret) < _WHOLE_WORD:
        # `%2F` before it belongs to what is before it.
        return rf"(?:(?<![^\W_])|(?<=%[0-9a-f][0-9a-f])){whole}(?![^\W_])"
    half = (len(secret) + 1) // 2
    rest = characters[half:-1]
    more = r"[^\s…]*" if len(rest) > _LONGEST_CUT else ""
    for one in reversed(rest[:_LONGEST_CUT]):
        more = f"(?:{one}{more})?"
    return rf"{whole}|{''.join(characters[:half])}{more}(?=…|\Z)"


def _character(one: str) -> str:
    """Give a pattern for all spellings of a character."""
    code = ord(one)
    percent = "".join(f"%(?:25)?{byte:02x}" for byte in one.encode("utf-8", "surrogatepass"))
    spellings = [re.escape(one), percent, f"&#0*{code};", f"&#x0*{code:x};", rf"\\u{code:04x}"]
    if html.escape(one) != one:
        spellings.append(re.escape(html.escape(one)))
    if one == " ":
        spellings.append(r"\+")
    if not one.isalnum():
        spellings.append(re.escape("\\" + one))
    return f"(?:{'|'.join(spellings)})"


def _addressed(address: str) -> str:
    """Give a pattern for an address, whatever its scheme and fragment; empty where it is all of a host.

    Without a query it is found with any: what `?page=2` is relative to is the address.
    """
    parts = urlsplit(address)
    if parts.path in {"", "/"} and not parts.query:
        return ""
    told = f"{parts.netloc.rpartition('@')[2]}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
    spelled = re.escape(told).replace("&", "&(?:amp;)?")
    return rf"(?:https?:)?//{spelled}(?=[.,;:!?]*(?:\Z|[\s\"'<>()#{'&' if parts.query else '?'}]))"
