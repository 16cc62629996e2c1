"""Which parser reads a source, and what if it cannot?

    PARSERS    kind of source -> its parser: (bytes, Context) -> Reading
    parse      calls it; whatever happens, the outcome is a Reading or a SourceError

Parsers are pure: no clock, no socket, no file. They run in worker processes, whose limits bound what hostile input may
cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from aggregator.errors import SourceError
from aggregator.model import Context, Entry, Reading, SourceKind

Parser = Callable[[bytes, Context], Reading]


def parse(
    kind: SourceKind, body: bytes, context: Context, *, is_known: Callable[[Entry], bool] = lambda _: False
) -> Reading:
    """Read the bytes of a source. Of entries that are known nobody looks for what they share with the others.

    Raises `SourceError` with the reason `empty`, `html`, `not-a-feed` or `truncated`. A feed without items is a
    Reading without entries. What the context calls secret is in neither.
    """
    from aggregator.secrecy import veil_of
    from aggregator.sources import boilerplate, sniffing

    if sniffing.is_empty(body):
        raise SourceError("empty", f"the answer has no content ({len(body)} bytes)")
    veil = veil_of(context.secrets, context.address)
    try:
        reading = veil.reading(PARSERS[kind](body, context))
    except SourceError as error:
        raise SourceError(error.reason, veil.text(error.detail)) from error
    asked = [place for place, entry in enumerate(reading.entries) if not is_known(entry)]
    return replace(reading, entries=boilerplate.repeated(reading.entries, asked))


def _feed(body: bytes, context: Context) -> Reading:
    """Read a feed of any format, judged by its content alone."""
    from aggregator.sources import feed, jsonfeed, sniffing
    from aggregator.text import printable

    if sniffing.is_json(body):
        return jsonfeed.parse(body, context)
    try:
        return feed.parse(body, context)
    except (SourceError, MemoryError):
        # That a document needs too much memory is for its worker to tell.
        raise
    except Exception as error:  # feedparser raises what it likes, for example on `&#xD800;`
        told = printable(f"{type(error).__name__}: {error}")
        raise SourceError("not-a-feed", f"the parser gave up on it ({told})") from error


def _document(body: bytes, context: Context) -> Reading:
    from aggregator.sources import document

    return document.parse(body, context)


def _page(body: bytes, context: Context) -> Reading:
    from aggregator.sources import page

    return page.parse(body, context)


# Each parser is imported when it is first needed: a process reads few kinds, and most read none.
PARSERS: Mapping[SourceKind, Parser] = {
    SourceKind.FEED: _feed,
    SourceKind.DOCUMENT: _document,
    SourceKind.PAGE: _page,
}
