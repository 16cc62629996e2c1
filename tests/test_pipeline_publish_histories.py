"""Whatever sources and operator do, does a subscriber lose no story, and does what has closed stay as it was?"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from msgspec.structs import replace

from aggregator import config
from aggregator.model import Entry
from aggregator.pipeline.workplace import workplace
from tests.conftest import SiteFolder
from tests.linkcheck import dead_links
from tests.press import ATOM, Press, link, news

Step = tuple[str, tuple[Any, ...]]
Told = tuple[str, datetime, str, str]
_TOLD = ("id", "updated", "title", "summary")
_FORMATS = ("atom", "rss", "json", "html")
_ADDRESSES = ("https://news.example.org/", "https://neu.example.org/", "https://news.example.org/blatt/")
_WORDS = (("Meldung G*", "Meldung H*"), ("Meldung H*", "Meldung I*"), ("Meldung A*",), ("Rathaus",))
_CHOICES: tuple[dict[str, Any], ...] = (
    {"sources": ["amt"]},
    {"sources": ["amt", "blatt"]},
    {"topics": ["thema"]},
    {"any": ["Meldung J*", "Meldung K*"]},
)
_BOUNDS: tuple[dict[str, Any], ...] = ({"limit": 5}, {"limit": 300}, {"days": 7}, {"per_source": 20}, {"limit": 100})


def _step(kind: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(kind), st.tuples(*arguments))


_ANY = st.integers(0, 400)
_SOURCES = st.sampled_from([("amt",), ("blatt",), ("amt", "blatt")])
_NAMING = st.one_of(*(_step(kind, _ANY) for kind in ("rename", "rename_back", "undo", "claim", "drop", "end", "begin")))
_STEPS = st.one_of(
    _step("pull", st.integers(1, 130), st.integers(-20, 20), _SOURCES),
    _step("edit", _ANY, _ANY),
    _step("prune"),
    _step("hide", _ANY),
    _step("unhide", _ANY),
    _step("rule", st.sampled_from(_WORDS)),
    _step("choose", _ANY, st.sampled_from(_CHOICES)),
    _step("bound", _ANY, st.sampled_from(_BOUNDS)),
    _step("formats", _ANY, st.sets(st.sampled_from(_FORMATS), min_size=1)),
    _step("move", st.sampled_from(_ADDRESSES)),
    _step("wait", st.sampled_from([3, 31])),
    # Most of what can go wrong is in the names of outputs.
    _NAMING,
    _NAMING,
    _NAMING,
)
# Then there are closed documents, and a name that an output has left.
_BEFORE: tuple[Step, ...] = (("pull", (130, 0, ("amt",))), ("rename", (0,)))
_UNHURRIED = settings(deadline=None, suppress_health_check=list(HealthCheck))


@settings(_UNHURRIED, max_examples=4)
@given(st.lists(_STEPS, min_size=2, max_size=5))
def test_nothing_is_lost_in_a_history(tmp_path_factory: pytest.TempPathFactory, steps: list[Step]) -> None:
    """All that `World.check` says holds after every step; and public/ can be made again from the database alone."""
    _live(tmp_path_factory, steps)


@pytest.mark.corpus
@settings(_UNHURRIED, max_examples=50)
@given(st.lists(_STEPS, min_size=4, max_size=12))
def test_nothing_is_lost_in_many_histories(tmp_path_factory: pytest.TempPathFactory, steps: list[Step]) -> None:
    """The same for fifty longer histories."""
    _live(tmp_path_factory, steps)


def _live(tmp_path_factory: pytest.TempPathFactory, steps: list[Step]) -> None:
    world = World(Press(folder=SiteFolder(path=tmp_path_factory.mktemp("weg"))))
    for kind, arguments in [*_BEFORE, *steps]:
        world.step(kind, arguments)
        world.check()
    world.check_again()


class World:
    """A site, what happens to it, and what its readers must know by then.

    Outputs are the sections of feeds.yaml by slug, in `outputs`, and in `ended` where they left it. A name that an
    output has given up can begin anew, so it stands in `ended` as well. By slugs of today, `joined` are the titles of
    all stories that ever joined an output, and `past` its closed documents, the oldest first.
    """

    def __init__(self, press: Press) -> None:
        self.press = press
        self.entries: list[Entry] = []
        self.sources: list[tuple[str, ...]] = []
        self.hidden: set[int] = set()
        self.words: tuple[str, ...] = _WORDS[0]
        self.outputs: dict[str, dict[str, Any]] = {"blick": dict(_CHOICES[1]), "kurz": dict(_CHOICES[2])}
        self.ended: dict[str, dict[str, Any]] = {}
        self.joined: dict[str, set[str]] = {}
        self.past: dict[str, list[str]] = {}
        self.told: dict[str, list[Entry]] = {}
        self.pruned = 0
        self.withdrawn: set[int] = set()
        self.closed: dict[str, str] = {}
        self.names = (f"name-{number}" for number in range(99))

    def step(self, kind: str, arguments: tuple[Any, ...]) -> None:
        """Let one thing happen, and publish."""
        self.told = {}
        getattr(self, f"_{kind}")(*arguments)
        self.withdrawn |= self.hidden
        self._write()
        self.press.run(self.told)
        for slug, section in self._published().items():
            self.joined.setdefault(slug, set()).update(self._chosen(section) - self._titles(self.hidden))

    # ── what can happen ─────────────────────────────────────────────────────────────────────────────────────────

    def _pull(self, count: int, day: int, sources: tuple[str, ...]) -> None:
        new = [news(len(self.entries) + number, day=day) for number in range(count)]
        self.entries += new
        self.sources += [sources] * count
        self.told = dict.fromkeys(sources, new)

    def _edit(self, *numbers: int) -> None:
        for number in {number % len(self.entries) for number in numbers}:
            text = f"<p>Stand {self.press.now:%d. %m., %H} Uhr, „Nr. {number}“.</p>"
            self.entries[number] = replace(self.entries[number], summary=text)
            for source in self.sources[number]:
                self.told.setdefault(source, []).append(self.entries[number])

    def _prune(self) -> None:
        with workplace(config.load(self.press.folder.config, os.environ)) as place:
            place.store.prune(self.press.now + timedelta(days=99), 10_000)
        self.pruned = len(self.entries)

    def _hide(self, number: int) -> None:
        self.hidden.add(number % len(self.entries))

    def _unhide(self, number: int) -> None:
        if self.hidden:
            self.hidden.remove(_nth(self.hidden, number))

    def _rule(self, words: tuple[str, ...]) -> None:
        self.words = words

    def _choose(self, number: int, choice: Mapping[str, Any]) -> None:
        self._edit_output(number, (*_CHOICES[1], *_CHOICES[2], *_CHOICES[3]), choice)

    def _bound(self, number: int, bound: Mapping[str, Any]) -> None:
        self._edit_output(number, ("limit", "days", "per_source"), bound)

    def _formats(self, number: int, formats: Collection[str]) -> None:
        self._edit_output(number, ("formats",), {"formats": sorted(formats)})

    def _edit_output(self, number: int, keys: Collection[str], told: Mapping[str, Any]) -> None:
        if self.outputs:
            slug = _nth(self.outputs, number)
            kept = {key: value for key, value in self.outputs[slug].items() if key not in keys}
            self.outputs[slug] = {**kept, **told}

    def _move(self, url: str) -> None:
        self.press.url = url

    def _wait(self, days: int) -> None:
        self.press.now += timedelta(days=days)

    def _rename(self, number: int) -> None:
        if self.outputs:
            slug = _nth(self.outputs, number)
            self._name(slug, next(self.names), [*self._former(slug), slug])

    def _rename_back(self, number: int) -> None:
        if slugs := self._renamed():
            slug = _nth(slugs, number)
            *others, before = self._former(slug)
            self._name(slug, before, [*others, slug])

    def _undo(self, number: int) -> None:
        """Rename an output back and leave its name of meanwhile out of `formerly`."""
        if slugs := self._renamed():
            slug = _nth(slugs, number)
            *others, before = self._former(slug)
            self._name(slug, before, others)
            self.ended[slug] = dict(_CHOICES[0])

    def _claim(self, number: int) -> None:
        """Let an output have a name that no output has any more."""
        if self.outputs and (free := self._free()):
            slug = _nth(self.outputs, number)
            self.outputs[slug] = {**self.outputs[slug], "formerly": [_nth(free, number), *self._former(slug)]}

    def _drop(self, number: int) -> None:
        """Give a former name up."""
        if named := [(slug, name) for slug in self.outputs for name in self._former(slug)]:
            slug, name = named[number % len(named)]
            self.outputs[slug]["formerly"] = [other for other in self._former(slug) if other != name]
            self.ended.setdefault(name, dict(_CHOICES[0]))

    def _end(self, number: int) -> None:
        if self.outputs:
            slug = _nth(self.outputs, number)
            self.ended[slug] = self.outputs.pop(slug)

    def _begin(self, number: int) -> None:
        if free := self._free():
            slug = _nth(free, number)
            section = self.ended.pop(slug)
            named = {name for slug in self.outputs for name in (slug, *self._former(slug))}
            former = [name for name in section.get("formerly", ()) if name not in named]
            self.outputs[slug] = {**section, "formerly": former}

    def _name(self, slug: str, new: str, former: Sequence[str]) -> None:
        self.outputs[new] = {**self.outputs.pop(slug), "formerly": list(former)}
        self.joined[new] = self.joined.pop(slug)
        self.past[new] = self.past.pop(slug, [])

    def _former(self, slug: str) -> list[str]:
        return list(self.outputs[slug].get("formerly", ()))

    def _renamed(self) -> list[str]:
        """Name the outputs whose last name was their own: none that had ended when they claimed it."""
        return [slug for slug in self.outputs if (former := self._former(slug)) and former[-1] not in self.ended]

    def _free(self) -> list[str]:
        named = {name for slug in self.outputs for name in self._former(slug)}
        return [slug for slug in self.ended if slug not in named]

    def _write(self) -> None:
        folder = self.press.folder
        folder.write(
            sources={"amt": "amt.xml", "blatt": "blatt.xml"},
            topics={"thema": {"any": list(self.words)}},
            outputs={slug: {key: told for key, told in one.items() if told} for slug, one in self.outputs.items()},
            site={"url": self.press.url},
        )
        if self.hidden:
            told = "".join(f'  - "{self.entries[number].link}"\n' for number in sorted(self.hidden))
            folder.config.write_text(f"{folder.config.read_text()}hide:\n{told}", encoding="utf-8")

    # ── what must hold ──────────────────────────────────────────────────────────────────────────────────────────

    def check(self) -> None:
        """Walks are complete, documents whole, links alive, what is hidden gone; a second run has nothing to do."""
        files = self.press.folder.published()
        for slug, section in self._published().items():
            expected = sorted(self.joined[slug] - self._titles(self.hidden))
            for name in (slug, *section.get("formerly", ())):
                for form, walk in (("atom", _walk_atom), ("json", _walk_json)):
                    if form in section.get("formats", _FORMATS):
                        walked = dict(walk(files, self.press.url, name))
                        texts = _newest(walked)
                        assert sorted(title for title, _ in texts) == expected, f"{name}.{form}"
                        self._check_texts(section, dict(texts))
                        self._check_past(slug, [document for document in reversed(walked) if "/" in document])
                    else:
                        assert f"{name}.{form}" not in files
        for name, content in files.items():
            names = _ids(name, content)
            assert len(names) == len(set(names)), name
            assert not [one for one in self.hidden if f'{self.entries[one].link}"'.encode() in content], name
        assert not dead_links(files, self.press.url)
        self._check_closed(files)
        written = self.press.run()
        assert (written.written, written.removed) == ((), ())

    def check_again(self) -> None:
        """From the database alone, all is published as it was."""
        files = self.press.folder.published()
        shutil.rmtree(self.press.folder.public)
        self.press.run()
        again = self.press.folder.published()
        assert [name for name in files | again if files.get(name) != again.get(name)] == []

    def _check_texts(self, section: Mapping[str, Any], texts: Mapping[str, str]) -> None:
        """Where a text may have been pruned, its source's last word comes too late."""
        chosen = self._chosen(section)
        for one in self.entries[self.pruned :]:
            if one.title in chosen and one.title in texts:
                assert re.sub("<.*?>", "", one.summary or "") in texts[one.title]

    def _check_past(self, slug: str, documents: list[str]) -> None:
        """A walk ends where it always ended."""
        before = self.past.get(slug, [])
        assert documents[: len(before)] == before, slug
        self.past[slug] = documents

    def _check_closed(self, files: Mapping[str, bytes]) -> None:
        """What was ever hidden is left out of what is compared: it goes and comes back."""
        withdrawn = {self.entries[number].link or "" for number in self.withdrawn}
        for name, content in files.items():
            if re.search(r"/[0-9]+\.(atom|json)$", name):
                told = content.decode().replace(self.press.url, "https://wo.auch.immer.example/")
                before = self.closed.setdefault(name, told)
                assert _lasting(name, told, withdrawn) == _lasting(name, before, withdrawn), name

    def _published(self) -> dict[str, dict[str, Any]]:
        return {"all": {"sources": ["amt", "blatt"]}, "thema": {"any": self.words}, **self.outputs}

    def _titles(self, numbers: Collection[int]) -> set[str]:
        return {self.entries[number].title or "" for number in numbers}

    def _chosen(self, section: Mapping[str, Any]) -> set[str]:
        words = tuple(word.rstrip("*") for word in (section.get("any") or ("topics" in section and self.words) or ()))
        return self._titles(
            {
                number
                for number, one in enumerate(self.entries)
                if {*self.sources[number]} & {*section.get("sources", ())}
                or any(word in (one.title or "") for word in words)
            }
        )


def _nth(things: Collection[Any], number: int) -> Any:
    return sorted(things)[number % len(things)]


def _walk_atom(files: Mapping[str, bytes], url: str, slug: str) -> Iterator[tuple[str, list[Told]]]:
    """Go from a feed to its oldest document; each names itself and the one that led there."""
    name, newer = f"{slug}.atom", None
    while name:
        root = etree.fromstring(files[name])
        assert (link(root, "self"), link(root, "next-archive")) == (url + name, newer)
        entries = []
        for told in root.iterfind("a:entry", ATOM):
            id_, updated, title, text = (told.findtext(f"a:{tag}", "", ATOM) for tag in _TOLD)
            entries.append((id_, datetime.fromisoformat(updated), title, text))
        yield name.removesuffix(".atom"), entries
        newer = url + name if "/" in name else None
        name = (link(root, "prev-archive") or "").removeprefix(url)


def _walk_json(files: Mapping[str, bytes], url: str, slug: str) -> Iterator[tuple[str, list[Told]]]:
    name = f"{slug}.json"
    while name:
        told = json.loads(files[name])
        assert told["feed_url"] == url + name
        yield (
            name.removesuffix(".json"),
            [
                (item["id"], datetime.fromisoformat(item["date_modified"]), item["title"], item.get("summary", ""))
                for item in told["items"]
            ],
        )
        name = told.get("next_url", "").removeprefix(url)


def _newest(walked: Mapping[str, Sequence[Told]]) -> list[tuple[str, str]]:
    """Keep, per id, the entry with the newest `updated`; give title and text."""
    kept: dict[str, tuple[datetime, str, str]] = {}
    for entries in walked.values():
        for id_, updated, title, text in entries:
            if id_ not in kept or updated > kept[id_][0]:
                kept[id_] = (updated, title, text)
    return [(title, text) for _, title, text in kept.values()]


def _ids(name: str, content: bytes) -> list[str]:
    if name.endswith(".atom"):
        return [told.findtext("a:id", "", ATOM) for told in etree.fromstring(content).iterfind("a:entry", ATOM)]
    if name.endswith(".rss"):
        return [told.text or "" for told in etree.fromstring(content).iterfind("channel/item/guid")]
    if name.endswith(".json"):
        return [item["id"] for item in json.loads(content)["items"]]
    return [found.decode() for found in re.findall(rb' id="([^"]*)"', content) if name.endswith(".html")]


def _lasting(name: str, document: str, withdrawn: Collection[str]) -> object:
    """Give what never changes of a closed document."""
    if name.endswith(".json"):
        told = json.loads(document)
        return {
            **told,
            "home_page_url": None,
            "items": [item for item in told["items"] if item["url"] not in withdrawn],
        }
    pieces = re.split(r"(?=  <entry)|(?=</feed>)", document)
    lasting = [piece for piece in pieces if not any(f'"{address}"' in piece for address in withdrawn)]
    return [re.sub(r'  <link href="[^"]*" rel="(next-archive|current)"/>\n', "", piece) for piece in lasting]
