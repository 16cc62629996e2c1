"""What does a source of feeds.yaml mean on this machine, with its variables filled in?"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from aggregator.config import addresses
from aggregator.config.nodes import Keys
from aggregator.config.schema import DocumentSource, FeedSource, PageSource
from aggregator.model import Selectors, Source, SourceKind


def read_source(
    section: FeedSource | DocumentSource | PageSource,
    *,
    name: str,
    rank: int,
    place: Callable[[Keys], str],
    folder: Path,
    environ: Mapping[str, str],
) -> tuple[Source, tuple[str, ...]]:
    """Make a Source of what feeds.yaml says; gives the warnings about its variables beside it.

    `place` tells where in feeds.yaml the keys of a path stand, `rank` how many sources are above this one.
    """
    kind, address = _kind_and_address(section)
    source = Source(
        id=name,
        rank=rank,
        kind=kind,
        address=address,
        target=str(folder / address),
        local=True,
        title=section.title,
        url=section.url,
        every=section.every,
        paused=section.paused,
        content=section.content,
        public=section.public,
        topics=tuple(dict.fromkeys(section.topics)),
        only=None if section.only is None else tuple(dict.fromkeys(section.only)),
        take=section.take,
        place=place(("sources", name)),
    )
    if isinstance(section, DocumentSource):
        return replace(source, captured=section.captured), ()
    variables = _Variables(place=place, source=name, environ=environ)
    filled = _filled(source, section, variables, folder)
    if isinstance(section, PageSource):
        filled = replace(
            filled,
            select=Selectors(**section.select.model_dump()),
            url=filled.url or (filled.address if filled.public else None),
        )
    return filled, () if filled.paused else tuple(variables.warnings)


def _kind_and_address(section: FeedSource | DocumentSource | PageSource) -> tuple[SourceKind, str]:
    match section:
        case FeedSource():
            return SourceKind.FEED, section.feed
        case PageSource():
            return SourceKind.PAGE, section.page
        case DocumentSource():
            return SourceKind.DOCUMENT, section.document


def _filled(source: Source, section: FeedSource | PageSource, variables: _Variables, folder: Path) -> Source:
    check = addresses.page_address if source.kind is SourceKind.PAGE else addresses.feed_address
    address = variables.fill(source.address, partial(_filled_address, check), source.kind.value)
    # An address that is one variable, and unset, is none of a file.
    local = not (addresses.is_web(address) or address.startswith("${"))
    user, password = section.user, section.password
    source = replace(
        source,
        target=str(folder / address) if local else address,
        local=local,
        # What is asked with a secret is nobody else's business.
        public=section.public and not (user or password or section.headers or "${" in source.address),
        user=None if user is None else variables.fill(user, addresses.user_name, "user"),
        password=None if password is None else variables.fill(password, addresses.credential, "password"),
        headers=tuple(
            (header, variables.fill(text, addresses.header_value, "headers", header))
            for header, text in section.headers.items()
        ),
    )
    return replace(source, unset=tuple(variables.unset), secrets=_secrets(source, variables))


def _secrets(source: Source, variables: _Variables) -> tuple[str, ...]:
    """Give what nobody may read of a source: what the environment filled in, and what opens its door."""
    if source.local:
        # The path of a file goes to nobody who could repeat it.
        return ()
    told = [*variables.used.values(), source.password]
    told += [value for name, value in source.headers if name.lower() not in _HARMLESS]
    if source.password is not None:
        # As it goes over the wire (RFC 7617 section 2).
        told.append(b64encode(f"{source.user or ''}:{source.password}".encode()).decode())
    return tuple(dict.fromkeys(secret for secret in told if secret))


def _filled_address(check: Callable[[str], str], text: str) -> str:
    if "${" in text:
        raise ValueError("a variable holds a variable")
    return check(text)


_HARMLESS = frozenset({"accept", "accept-charset", "accept-language", "from", "referer", "user-agent"})
"""Headers that say nothing secret; what a variable holds is secret in these, too."""


class _Variables:
    """Fills in `${NAME}` for one source, and remembers what could not be used.

    `unset` are the names that the environment lacks or that do not fit; `warnings` say so, each with its place. `used`
    is what was filled in, by name, but for a user's name.
    """

    def __init__(self, *, place: Callable[[Keys], str], source: str, environ: Mapping[str, str]) -> None:
        self.unset: list[str] = []
        self.used: dict[str, str] = {}
        self.warnings: list[str] = []
        self._place = place
        self._source = source
        self._environ = environ

    def fill(self, text: str, check: Callable[[str], object], *key: str) -> str:
        """Fill in the variables, once; gives the text as it was where one of them cannot be used."""
        names = list(dict.fromkeys(addresses.VARIABLE.findall(text)))
        # An empty variable is one that somebody has forgotten to fill.
        missing = [name for name in names if not self._environ.get(name)]
        self._leave_out(missing, "is not set in the environment", key)
        if missing or not names:
            return text
        # A user's name is often a common word, and by itself opens nothing.
        if key != ("user",):
            self.used |= {name: self._environ[name] for name in names}
        filled = addresses.VARIABLE.sub(lambda match: self._environ[match.group(1)], text)
        try:
            check(filled)
        except ValueError:
            # Neither the text nor the cause is shown: both hold what the variable does, often a secret.
            self._leave_out(names, "holds what cannot stand here (a control character, a blank, no address)", key)
            return text
        return filled

    def _leave_out(self, names: list[str], reason: str, key: tuple[str, ...]) -> None:
        place = self._place(("sources", self._source, *key))
        for name in names:
            if name not in self.unset:
                self.unset.append(name)
                self.warnings.append(
                    f"{place}: source {self._source}: ${{{name}}} {reason}; it is left out until it is mended"
                )
