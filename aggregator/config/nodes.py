"""Which keys, lists and texts does the YAML hold, and which of its tricks are refused?

All values stay the text that was written: `no`, `12:30` and `2025-07-17` mean what a person reads. What YAML would
silently turn into something else is reported: aliases, anchors, merge keys, tags, duplicate keys, several documents,
and text that is cut off by a `#`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from aggregator.config.syntax import SyntaxFault, explain
from aggregator.text import printable

if TYPE_CHECKING:
    from ruamel.yaml.events import Event

Keys = tuple[str | int, ...]
Data = str | list["Data"] | dict[str, "Data"]
Report = Callable[[int, str], None]

_DEEPEST = 16
_GLUED = re.compile(r"[ \t]*(#\S+|#(?=[ \t]*$))", re.MULTILINE)
_SURROGATE = re.compile("[\ud800-\udfff]")
# What libyaml and ruamel read alike: no tab, no odd line end, no mark at the beginning, no directive, no end or start
# of a document, no block of text.
_COMMON = re.compile("(?!%)[\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")
_UNCOMMON = re.compile(r"[|>][-+0-9]* *(?:#.*)?$|^(?:---|\.\.\.)", re.MULTILINE)
_COLON = re.compile(r"[ \t]*:")
_CUT_OFF_MATTERS = frozenset({"title", "user", "password"})
_BREAK = re.compile(r"\s*\n\s*")


class Node(Struct, frozen=True, kw_only=True):
    """A value of feeds.yaml. `start` and `end` are its offsets in the text, `key` is the offset of what names it.

    `plain` tells text without quotes. The key of a list item is the item itself.
    """

    value: str | list[Node] | dict[str, Node]
    key: int
    start: int
    end: int
    plain: bool = False

    @property
    def data(self) -> Data:
        """The value as plain lists, dicts and text, without places."""
        match self.value:
            case dict():
                return {key: node.data for key, node in self.value.items()}
            case list():
                return [node.data for node in self.value]
        return self.value

    @property
    def entries(self) -> dict[str, Node]:
        """The keys and their values; none where this is no mapping."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """The entries of a list; none where this is no list."""
        return self.value if isinstance(self.value, list) else []

    def find(self, path: Keys) -> Node:
        """Give the node at a path below this one, or the deepest one above it that exists."""
        node = self
        for step in path:
            if isinstance(step, int) and step < len(node.items):
                node = node.items[step]
            elif isinstance(step, str) and step in node.entries:
                node = node.entries[step]
            else:
                break
        return node


def build(text: str, *, report: Report, line: Callable[[int], int]) -> Node | None:
    """Make the root of a YAML text; None where it is empty. `line` gives the line of an offset.

    What is refused is reported, and what follows it read on. Raises SyntaxFault where the text cannot be followed.
    """
    return _Builder(text, report, line).build()


class _Builder:
    """Makes nodes of ruamel's events; its own composer would follow aliases and recurse without a bound."""

    def __init__(self, text: str, report: Report, line: Callable[[int], int]) -> None:
        self._text = text
        self._report = report
        self._line = line
        self._last: int | None = None
        self._events = self._parse()

    def build(self) -> Node | None:
        from ruamel.yaml.events import DocumentStartEvent

        root: Node | None = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    self._report(event.start_mark.index, "a second document begins here: take out the line `---`")
                    break
                root = self._node(next(self._events), depth=0)
        return root

    def _parse(self) -> Iterator[Event]:
        """Give the events: at once where libyaml understands the text, else those of the parser that says why not."""
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        if _COMMON.fullmatch(self._text) and not _UNCOMMON.search(self._text):
            try:
                events = list(YAML(typ="safe", pure=False).parse(self._text))
            except (YAMLError, ValueError, OverflowError):
                pass
            else:
                if not any(map(_refers, events)):
                    yield from events
                    return
        try:
            yield from YAML(typ="safe", pure=True).parse(self._text)
        except YAMLError as error:
            raise explain(error, self._text, self._last) from error
        except (ValueError, OverflowError) as error:
            # ruamel.yaml hands escapes such as "\UFFFFFFFF" to chr() unchecked.
            message = (
                "this, or what follows it, has an escape for a character that does not exist: write the text itself"
            )
            raise SyntaxFault(self._last or 0, message) from error

    def _node(self, event: Event, *, depth: int, key: int | None = None) -> Node:
        from ruamel.yaml.events import MappingStartEvent, ScalarEvent, SequenceStartEvent

        start, end = event.start_mark.index, event.end_mark.index
        self._refuse_references(event)
        value: str | list[Node] | dict[str, Node]
        plain = False
        match event:
            case SequenceStartEvent() | MappingStartEvent() if depth == _DEEPEST:
                raise SyntaxFault(start, f"nested more than {_DEEPEST} levels deep: nothing in feeds.yaml is")
            case SequenceStartEvent():
                value, end = self._items(depth + 1)
            case MappingStartEvent():
                value, end = self._entries(depth + 1)
            case ScalarEvent():
                value, plain = self._whole(event.value, start), not event.style
            case _:  # an alias, which has been reported
                value = self._text[start:end]
        if isinstance(value, str) or self._text[start] in "[{":
            self._last = start
        return Node(value=value, key=start if key is None else key, start=start, end=end, plain=plain)

    def _whole(self, value: str, start: int) -> str:
        if not _SURROGATE.search(value):
            return value
        self._report(start, "an escape stands for half a character (a surrogate): write the character itself")
        return _SURROGATE.sub("?", value)

    def _items(self, depth: int) -> tuple[list[Node], int]:
        from ruamel.yaml.events import SequenceEndEvent

        items: list[Node] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            item = self._as_text(self._node(event, depth=depth))
            self._refuse_glued(item)
            items.append(item)
        return items, event.end_mark.index

    def _entries(self, depth: int) -> tuple[dict[str, Node], int]:
        from ruamel.yaml.events import MappingEndEvent

        entries: dict[str, Node] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._node(event, depth=depth)
            node = self._behind(key, self._node(next(self._events), depth=depth, key=key.start))
            if self._is_name(key):
                self._add(entries, str(key.value), node)
        return entries, event.end_mark.index

    def _behind(self, key: Node, node: Node) -> Node:
        """Place an empty value behind its colon: ruamel places it at whatever comes next."""
        if node.value or not node.plain:
            return node
        colon = _COLON.match(self._text, key.end)
        offset = colon.end() if colon else key.end
        return replace(node, start=offset, end=offset)

    def _is_name(self, key: Node) -> bool:
        if not isinstance(key.value, str):
            self._report(key.start, "a list or mapping cannot be a key: write `key: value`, the key in quotes")
        elif key.plain and key.value == "<<":
            self._report(key.start, "merge keys (`<<`) are not used in feeds.yaml: write the keys out")
        else:
            return True
        return False

    def _add(self, entries: dict[str, Node], name: str, node: Node) -> None:
        if name in entries:
            first = self._line(entries[name].key)
            again = f"`{printable(name, 80)}` stands here a second time, the first is in line {first}"
            self._report(node.key, f"{again}: keep one of them")
        entries.setdefault(name, node)
        if name in _CUT_OFF_MATTERS:
            self._refuse_glued(node)

    def _refuse_references(self, event: Event) -> None:
        from ruamel.yaml.events import AliasEvent, CollectionStartEvent, NodeEvent, ScalarEvent

        if isinstance(event, AliasEvent):
            sign, what = "*", "alias"
        elif isinstance(event, NodeEvent) and event.anchor is not None:
            sign, what = "&", "anchor"
        elif isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None:
            sign, what = "!", "tag"
        else:
            return
        self._report(
            event.start_mark.index,
            f"`{sign}` begins a YAML {what} here, which feeds.yaml does not use: put the text in quotes",
        )

    def _refuse_glued(self, node: Node) -> None:
        glued = _GLUED.match(self._text, node.end) if node.plain else None
        if glued:
            self._report(
                node.start if node.value else glued.start(1),
                f"YAML would cut off `{printable(glued.group(1), 40)}` as a comment: put the text in quotes,"
                " or write a blank after the # where a comment is meant",
            )

    def _as_text(self, node: Node) -> Node:
        """Read a list item such as `- NEGZ: Smart City` as the text that stands there."""
        if len(node.entries) != 1:
            return node
        (pair,) = node.entries.values()
        if not pair.plain or pair.key != node.start or self._text[node.start] in "\"'":
            return node
        verbatim = _BREAK.sub(" ", self._text[node.start : pair.end])
        return Node(value=verbatim, key=node.start, start=node.start, end=pair.end, plain=True)


def _refers(event: Event) -> bool:
    """Whether an event has what feeds.yaml does not use; where it stands the two parsers tell differently."""
    return getattr(event, "anchor", None) is not None or getattr(event, "tag", None) is not None
