"""What does feeds.yaml say, and what in it is wrong?

    bytes ─▶ document.py (form, places) ─▶ grammar.py, schema.py, values.py (keys, values) ─▶ Config
             nodes.py, syntax.py           relations.py (what does not go together)           sources.py

Every problem is told at once, each as `feeds.yaml:LINE:COLUMN: message` with the line and a caret. What the world makes
wrong (an unset variable, a missing file) is a warning and costs only its source.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from msgspec.structs import replace

from aggregator.errors import ConfigError, Problem
from aggregator.model import Config, Example, FetchPolicy, Output, Overrule, Overrules, Site, Take, Topic
from aggregator.text import printable

if TYPE_CHECKING:
    from aggregator.config.nodes import Keys
    from aggregator.config.schema import FeedsFile, FetchSection, TopicSection

_LARGEST = 5 * 1024 * 1024


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """Read feeds.yaml; `environ` fills in `${NAME}`.

    Raises ConfigError with all problems, in the order of their lines. A missing file or variable of a source is none.
    """
    # These bring ruamel.yaml and pydantic, which `aggregator --help` does not wait for.
    from aggregator.config.document import Document
    from aggregator.config.grammar import validate
    from aggregator.config.relations import relations

    file = printable(str(path))
    document = Document(file=file, text=_text(path, file))
    root = document.root
    if root is None:
        raise ConfigError(_sorted(document.problems))
    folder = path.absolute().parent
    feeds, problems = validate(document, root)
    problems += relations(document, root, folder)
    # A place whose form is wrong is told once, not again for the value that came of it.
    broken = {(problem.line, problem.column) for problem in document.problems}
    problems = [problem for problem in problems if (problem.line, problem.column) not in broken]
    if document.problems or problems or feeds is None:
        raise ConfigError(_sorted([*document.problems, *problems]))

    def place(keys: Keys) -> str:
        return document.place(root.find(keys).key)

    return _config(feeds, place, folder, environ)


def missing_files(config: Config) -> tuple[str, ...]:
    """Name the local files that cannot be read, one message each that begins with the place in feeds.yaml."""
    messages = []
    for source in config.sources:
        if source.local and not source.paused and not source.unset and (reason := _unreadable(source.target)):
            hint = "" if source.kind == "document" else "; an address on the web begins with https://"
            messages.append(f"{source.place}: source {source.id}: {printable(source.address)} {reason}{hint}")
    return tuple(messages)


def _text(path: Path, file: str) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(_LARGEST + 1)
    except OSError as error:
        reason = printable(error.strerror or str(error))
        raise _unreadable_file(file, f"cannot be read ({reason}): name your feeds.yaml with --config") from error
    if len(data) > _LARGEST:
        raise _unreadable_file(file, f"larger than {_LARGEST // 1024 // 1024} MiB: this is hardly a feeds.yaml")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        message = f"the byte 0x{data[error.start]:02x} is not UTF-8: save the file in the encoding UTF-8"
        raise ConfigError((Problem(file=file, line=line, column=column, message=message),)) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _unreadable_file(file: str, message: str) -> ConfigError:
    return ConfigError((Problem(file=file, line=1, column=1, message=message),))


def _sorted(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.line, problem.column)))


def _config(feeds: FeedsFile, place: Callable[[Keys], str], folder: Path, environ: Mapping[str, str]) -> Config:
    from aggregator.config.sources import read_source

    read = [
        read_source(section, name=name, rank=rank, place=place, folder=folder, environ=environ)
        for rank, (name, section) in enumerate(feeds.sources.items())
    ]
    fetch, fetch_warnings = _fetch(feeds.fetch, place, folder, environ)
    topics = tuple(_topic(name, section, place) for name, section in feeds.topics.items())
    return Config(
        folder=str(folder),
        site=Site(
            title=feeds.site.title,
            id=feeds.site.id,
            url=feeds.site.url,
            language=feeds.site.language,
            timezone=feeds.site.timezone,
            contact=feeds.site.contact,
            hub=feeds.site.hub,
            imprint=feeds.site.imprint,
            privacy=feeds.site.privacy,
        ),
        fetch=fetch,
        sources=tuple(
            source if source.local else replace(source, unset=(*source.unset, *fetch.unset)) for source, _ in read
        ),
        topics=topics,
        outputs=_outputs(feeds, topics),
        overrules=_overrules(feeds, place),
        keep=feeds.keep,
        warnings=fetch_warnings + tuple(warning for _, warnings in read for warning in warnings),
    )


def _fetch(
    section: FetchSection, place: Callable[[Keys], str], folder: Path, environ: Mapping[str, str]
) -> tuple[FetchPolicy, tuple[str, ...]]:
    proxy, unset, warnings = _proxy(section.proxy, place, environ)
    bundle = None if section.ca_bundle is None else str(folder / section.ca_bundle)
    policy = FetchPolicy(allow=section.allow, proxy=proxy, ca_bundle=bundle, unset=unset)
    if bundle is not None and (reason := _unreadable(bundle)):
        warnings.append(f"{place(('fetch', 'ca_bundle'))}: ca_bundle: {printable(section.ca_bundle or '')} {reason}")
    return policy, tuple(warnings)


def _proxy(
    told: str | None, place: Callable[[Keys], str], environ: Mapping[str, str]
) -> tuple[str | None, tuple[str, ...], list[str]]:
    """Fill in the variables of the proxy; gives it, the names that cannot be used, and the warnings that say so."""
    from aggregator.config import addresses

    names = tuple(dict.fromkeys(addresses.VARIABLE.findall(told or "")))
    if told is None or not names:
        return told, (), []
    reason = "is not set in the environment"
    unset = tuple(name for name in names if not environ.get(name))
    if not unset:
        # What stands before the host is a name and a password, in which each character may be meant as it is.
        user, at, host = told.rpartition("@")
        filled = addresses.VARIABLE.sub(lambda match: quote(environ[match.group(1)], safe="%"), user) + at
        filled += addresses.VARIABLE.sub(lambda match: environ[match.group(1)], host)
        try:
            return addresses.proxy_address(filled), (), []
        except ValueError:
            # Neither is shown: both hold what the variable does.
            unset, reason = names, "holds what cannot stand here"
    where = place(("fetch", "proxy"))
    return (
        told,
        unset,
        [f"{where}: proxy: ${{{name}}} {reason}; nothing on the web is asked until it is" for name in unset],
    )


def _topic(name: str, section: TopicSection, place: Callable[[Keys], str]) -> Topic:
    return Topic(
        id=name,
        title=section.title or name,
        any=section.any,
        all=section.all,
        with_=tuple(section.with_.items()),
        none=section.none,
        ignore=section.ignore,
        include=section.include,
        exclude=section.exclude,
        examples=tuple(
            Example(text=text, member=key == "yes", place=place(("topics", name, "examples", key, number)))
            for key, texts in (("yes", section.examples.yes), ("no", section.examples.no))
            for number, text in enumerate(texts)
        ),
    )


def _outputs(feeds: FeedsFile, topics: tuple[Topic, ...]) -> tuple[Output, ...]:
    """All stories, then each topic by itself, then what feeds.yaml declares."""
    declared = tuple(
        Output(
            slug=slug,
            title=section.title or slug,
            topics=tuple(dict.fromkeys(section.topics)),
            sources=tuple(dict.fromkeys(section.sources)),
            any=section.any,
            none=section.none,
            by_rule=bool(section.sources or section.any or section.none),
            limit=section.limit,
            days=section.days,
            per_source=section.per_source,
            formerly=tuple(dict.fromkeys(section.formerly)),
            copies=section.copies,
            formats=tuple(dict.fromkeys(section.formats)),
        )
        for slug, section in feeds.outputs.items()
    )
    each = tuple(Output(slug=topic.id, title=topic.title, topics=(topic.id,)) for topic in topics)
    choosy = any(section.take is Take.MATCHED for section in feeds.sources.values())
    return (Output(slug="all", title=feeds.site.title, by_rule=choosy), *each, *declared)


def _overrules(feeds: FeedsFile, place: Callable[[Keys], str]) -> Overrules:
    def told(key: str, groups: Iterable[tuple[str, ...]]) -> tuple[Overrule, ...]:
        return tuple(Overrule(names=names, place=place((key, number))) for number, names in enumerate(groups))

    def told_by_topics(key: str) -> tuple[Overrule, ...]:
        return tuple(
            Overrule(names=(name,), place=place(("topics", topic, key, number)))
            for topic, section in feeds.topics.items()
            for number, name in enumerate(section.include if key == "include" else section.exclude)
        )

    return Overrules(
        same=told("same", feeds.same),
        different=told("different", feeds.different),
        hide=told("hide", ((name,) for name in feeds.hide)),
        include=told_by_topics("include"),
        exclude=told_by_topics("exclude"),
    )


def _unreadable(target: str) -> str | None:
    path = Path(target)
    if not path.exists():
        return "is not there"
    if not path.is_file():
        return "is no file"
    return None if os.access(path, os.R_OK) else "may not be read"
