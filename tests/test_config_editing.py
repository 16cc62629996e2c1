"""Do the operator's edits change what they mean in feeds.yaml, and not one other byte?"""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator import config
from aggregator.config.editing import add_source, change_addresses, remove_source
from aggregator.errors import ConfigError

SITE = "site: {title: Prüfstand, id: 'tag:news.example.org,2026:x', url: https://news.example.org/}\n"
FOUR = "topics:\n    o:\n        any: [x]\n"
LIST = "topics:\n  o:\n    any:\n    - x\n"
FOLDED = "sources:\n  a:\n    feed: >-\n      /x\n"
URL = "https://gemeinde.example/feed.xml"
TWO = f"""# Köpfe – und „Gänsefüßchen“
{SITE}
sources:   # die Reihenfolge ist eine Rangfolge

    # Die Fachpresse.
    kommune21: https://www.kommune21.example/feed   # unbestätigt

    # Verbände.
    negz:
        feed: 'https://negz.example/feed/'   # alt
        title: NEGZ – „Netzwerk“
        # every: 1h

topics:
    ozg:
        any: [OZG]   # nur das
"""


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    return tmp_path / "feeds.yaml"


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


def _read(path: Path) -> str:
    return path.read_bytes().decode()


def _sources(path: Path) -> dict[str, str]:
    return {source.id: source.address for source in config.load(path, {}).sources}


def _refused(path: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        add_source(path, "neu", URL)
    return caught.value


# ── add ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_source_is_added_below_the_last_one(feeds: Path) -> None:
    """A new source is one line behind the last one, in the column of the others; all other bytes stay."""
    _write(feeds, TWO)
    add_source(feeds, "neu", URL)
    last = "        # every: 1h\n"
    assert _read(feeds) == TWO.replace(last, f"{last}    neu: {URL}\n")
    assert list(_sources(feeds)) == ["kommune21", "negz", "neu"]


def test_a_title_is_written_beside_the_address(feeds: Path) -> None:
    """Whatever stands in a title comes back as it was: quotes, commas, colons, hashes and braces."""
    _write(feeds, TWO)
    add_source(feeds, "neu", f"{URL}?a=1,2&b=[3]", "Höfe: 'Wärme', {Müll} #1 – „\"“")
    assert config.load(feeds, {}).sources[-1].title == "Höfe: 'Wärme', {Müll} #1 – „\"“"
    assert _sources(feeds)["neu"] == f"{URL}?a=1,2&b=[3]"
    add_source(feeds, "zwei", URL, "Stadt Göttingen (Presse)")
    assert f"    zwei: {{feed: {URL}, title: Stadt Göttingen (Presse)}}\n" in _read(feeds)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{SITE}sources:\n", f"{SITE}sources:\n  neu: {URL}\n"),
        (f"{SITE}sources:", f"{SITE}sources:\n  neu: {URL}"),
        (f"{SITE}sources: # keine\n  # a: x\ntopics:\n", f"{SITE}sources: # keine\n  neu: {URL}\n  # a: x\ntopics:\n"),
        (f"{SITE}sources:\n{FOUR}", f"{SITE}sources:\n    neu: {URL}\n{FOUR}"),
        (f"{SITE}", f"{SITE}\nsources:\n  neu: {URL}\n"),
        (f"{SITE}topics: {{o: {{any: [x]}}}}", f"{SITE}topics: {{o: {{any: [x]}}}}\n\nsources:\n  neu: {URL}"),
        (f"{SITE}{LIST}# Ende\n", f"{SITE}{LIST}\nsources:\n  neu: {URL}\n# Ende\n"),
        (f"---\n{SITE}sources:\n  a: /x\n...\n", f"---\n{SITE}sources:\n  a: /x\n  neu: {URL}\n...\n"),
        (f"{SITE}sources: {{}}\n", f"{SITE}sources: {{neu: {URL}}}\n"),
        (f"{SITE}sources: {{a: /x}}  # kurz\n", f"{SITE}sources: {{a: /x, neu: {URL}}}  # kurz\n"),
        (f"{SITE}sources: {{a: /x,}}\n", f"{SITE}sources: {{a: /x, neu: {URL},}}\n"),
        (
            f"{SITE}sources: {{\n  a: /x,\n  b: {{feed: /y}}  # der zweite\n}}\n",
            f"{SITE}sources: {{\n  a: /x,\n  b: {{feed: /y}},  # der zweite\n  neu: {URL}\n}}\n",
        ),
        (
            f"{SITE}sources: {{\n  a: /x,  # der erste\n}}\n",
            f"{SITE}sources: {{\n  a: /x,  # der erste\n  neu: {URL},\n}}\n",
        ),
        (f"{SITE}sources:\n  'a': '/x'\n", f"{SITE}sources:\n  'a': '/x'\n  'neu': '{URL}'\n"),
        (f"{SITE}{FOLDED}\n# Ende\n", f"{SITE}{FOLDED}  neu: {URL}\n\n# Ende\n"),
    ],
)  # fmt: skip
def test_a_source_is_added_in_the_form_of_the_file(feeds: Path, before: str, after: str) -> None:
    """Empty, missing, in a block, between braces on one line or many, in quotes: the file's own form is followed."""
    _write(feeds, before)
    add_source(feeds, "neu", URL)
    assert _read(feeds) == after


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_the_byte_order_mark_stay(feeds: Path, newline: str, mark: str) -> None:
    """A file with CRLF line ends and a byte order mark keeps both, through all three edits."""
    _write(feeds, mark + TWO.replace("\n", newline))
    add_source(feeds, "neu", "https://alt.example/")
    change_addresses(feeds, {"neu": URL, "negz": "https://negz.example/neu"})
    assert f"    neu: {URL}{newline}" in _read(feeds)
    change_addresses(feeds, {"negz": "https://negz.example/feed/"})
    remove_source(feeds, "neu")
    assert _read(feeds) == mark + TWO.replace("\n", newline)


def test_mixed_line_ends_stay_as_they_are(feeds: Path) -> None:
    """Where line ends are mixed, each line keeps its own, and a new one gets that of the first."""
    mixed = TWO.replace("\n", "\r\n", 2)
    mixed = mixed.replace("negz:\n", "negz:\r\n")
    _write(feeds, mixed)
    add_source(feeds, "neu", URL)
    last = "        # every: 1h"
    assert _read(feeds) == mixed.replace(last, f"{last}\r\n    neu: {URL}")


def test_a_file_in_json_stays_json(feeds: Path) -> None:
    """A feeds.yaml that is JSON gets its new source in JSON's quotes."""
    import json

    site = {"title": "Prüfstand", "id": "tag:news.example.org,2026:x", "url": "https://news.example.org/"}
    sections: list[dict[str, dict[str, object]]] = [{}, {"sources": {}}, {"sources": {"a": {"feed": "/x"}}}]
    for section in sections:
        known = {"site": site, **section}
        for indent in (None, 2):
            _write(feeds, json.dumps(known, indent=indent, ensure_ascii=False))
            add_source(feeds, "neu", URL, 'Die "Höhe" \\ Tiefe')
            told = json.loads(_read(feeds))["sources"]
            assert told == {**section.get("sources", {}), "neu": {"feed": URL, "title": 'Die "Höhe" \\ Tiefe'}}


# ── remove ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_source_goes_with_the_comments_that_are_its_own(feeds: Path) -> None:
    """The comment above a source, and the one among its keys, go with it; everything else stays."""
    _write(feeds, TWO)
    remove_source(feeds, "negz")
    start, end = TWO.index("    # Verbände."), TWO.index("\ntopics:")
    assert _read(feeds) == TWO[:start] + TWO[end:]


@pytest.mark.parametrize(
    ("before", "name", "after"),
    [
        ("sources:\n  # Gruppe\n  a: /x\n  b: /y\n", "a", "sources:\n  # Gruppe\n  b: /y\n"),
        ("sources:\n  # zu a\n  a: /x\n  # zu b\n  b: /y\n", "a", "sources:\n  # zu b\n  b: /y\n"),
        ("sources:\n  # zu a\n  a: /x\n  # zu b\n  b: /y\n", "b", "sources:\n  # zu a\n  a: /x\n"),
        ("sources:\n  # für sich\n\n  a: /x\n", "a", "sources:\n  # für sich\n\n"),
        ("sources:\n# links\n  a: /x\n", "a", "sources:\n# links\n"),
        ("sources:\n  a: /x\n  b: /y", "b", "sources:\n  a: /x\n"),
        ("sources:\n  a: /x   # eins\n  b: /y\ntopics:\n", "b", "sources:\n  a: /x   # eins\ntopics:\n"),
        ("sources: {a: /x, b: /y, c: /z}\n", "a", "sources: {b: /y, c: /z}\n"),
        ("sources: {a: /x, b: /y, c: /z}\n", "b", "sources: {a: /x, c: /z}\n"),
        ("sources: {a: /x, b: /y, c: /z}\n", "c", "sources: {a: /x, b: /y}\n"),
        ("sources: {a: /x}\n", "a", "sources: {}\n"),
        ("sources: { a: /x , }\n", "a", "sources: {  }\n"),
        ("sources: {a: /x,  # eins\n  b: /y}\n", "a", "sources: {  # eins\n  b: /y}\n"),
        ("sources: {a: /x,  # eins\n  b: /y}\n", "b", "sources: {a: /x,  # eins\n  }\n"),
        ("sources: {\n  # zu a\n  a: /x,  # eins\n  # zu b\n  b: /y\n}\n", "a", "sources: {\n  # zu b\n  b: /y\n}\n"),
        ("sources: {\n  a: /x,  # eins\n  b: /y\n}\n", "b", "sources: {\n  a: /x,  # eins\n}\n"),
    ],
)
def test_only_its_own_lines_are_removed(feeds: Path, before: str, name: str, after: str) -> None:
    """A comment that stands over several sources, or is set apart, stays; so does what belongs to the others."""
    _write(feeds, SITE + before)
    remove_source(feeds, name)
    assert _read(feeds) == SITE + after


def test_what_still_names_a_removed_source_is_told(feeds: Path) -> None:
    """A source that an output names is not taken out: the refusal shows the line that has to change first."""
    outputs = "outputs:\n  presse:\n    title: Für die Presse\n    sources: [a]\n"
    written = f"{SITE}sources:\n  a: /x\n  b: /y\ntopics:\n  o:\n    any: [x]\n{outputs}"
    _write(feeds, written)
    with pytest.raises(ConfigError, match=r"then `sources: \[a\]` would be wrong .* mend that first"):
        remove_source(feeds, "a")
    assert _read(feeds) == written


# ── change ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a: /x   # alt\n", f"a: {URL}   # alt\n"),
        ('a: "/x"\n', f'a: "{URL}"\n'),
        ("a: '/x' # y\n", f"a: '{URL}' # y\n"),
        ("a:\n    title: Ä\n    feed: /x # alt\n", f"a:\n    title: Ä\n    feed: {URL} # alt\n"),
        ("a: {feed: /x, title: Ä}\n", f"a: {{feed: {URL}, title: Ä}}\n"),
        ("a:\n    feed: >-\n      /x\n    title: Ä\n", f"a:\n    feed: {URL}\n    title: Ä\n"),
    ],
)  # fmt: skip
def test_only_the_address_is_changed(feeds: Path, before: str, after: str) -> None:
    """Quotes, comments, the order of keys and the form of a source stay when its address changes."""
    _write(feeds, f"{SITE}sources:\n  {before}")
    change_addresses(feeds, {"a": URL})
    assert _read(feeds) == f"{SITE}sources:\n  {after}"


def test_an_address_with_signs_of_yaml_gets_quotes(feeds: Path) -> None:
    """An address that YAML would read as something else is put in quotes, and comes back whole."""
    _write(feeds, f"{SITE}sources: {{a: /x}}\n")
    for address in (f"{URL}?a=1,2", f"{URL}?q=a'b", f"{URL}?a[]=1", f"{URL}:", f"{URL}#teil"):
        change_addresses(feeds, {"a": address})
        assert _sources(feeds) == {"a": address}


def test_several_addresses_change_at_once(feeds: Path) -> None:
    """Several addresses are changed in one write."""
    _write(feeds, TWO)
    change_addresses(feeds, {"negz": "https://neu.example/n", "kommune21": "https://neu.example/k"})
    assert _sources(feeds) == {"kommune21": "https://neu.example/k", "negz": "https://neu.example/n"}
    assert "feed: 'https://neu.example/n'   # alt" in _read(feeds)


# ── refusals, and the file itself ───────────────────────────────────────────────────────────────────────────


def test_a_wrong_file_is_not_edited(feeds: Path) -> None:
    """Nothing is written while feeds.yaml is wrong: its own problems are told."""
    _write(feeds, TWO + "topics: {}\n")
    assert "a second time" in str(_refused(feeds))
    assert _read(feeds) == TWO + "topics: {}\n"
    feeds.unlink()
    assert "cannot be read" in str(_refused(feeds))


def test_what_cannot_be_edited_safely_is_left_to_the_operator(feeds: Path) -> None:
    """Where the outcome does not read as meant, nothing is written, and the message says what to do by hand."""
    written = f"{SITE}sources:\n  ? a\n  : /x\n  b: /y\n"
    _write(feeds, written)
    with pytest.raises(ConfigError) as caught:
        remove_source(feeds, "a")
    assert str(caught.value).startswith(f"{feeds}:2:1: ")
    assert "take out the source `a` yourself" in str(caught.value)
    assert _read(feeds) == written
    assert [path.name for path in feeds.parent.iterdir()] == ["feeds.yaml"]


def test_an_edit_that_makes_the_file_wrong_is_refused(feeds: Path) -> None:
    """A source with the address of another one is not written, and the message says why."""
    _write(feeds, TWO)
    with pytest.raises(ConfigError, match="has the same address as"):
        add_source(feeds, "neu", "https://negz.example/feed/")
    assert _read(feeds) == TWO
    assert [path.name for path in feeds.parent.iterdir()] == ["feeds.yaml"]


def test_mode_and_link_stay(feeds: Path, tmp_path: Path) -> None:
    """The mode of the file stays, and a symbolic link goes on pointing at the file that it stood for."""
    real = tmp_path / "ablage" / "quellen.yaml"
    real.parent.mkdir()
    _write(real, TWO)
    real.chmod(0o640)
    feeds.symlink_to(real)
    add_source(feeds, "neu", URL)
    assert feeds.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert f"neu: {URL}" in _read(real)


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Where no new file can be made the message names the reason, and what to write by hand."""
    path = tmp_path / ("f" * 255)  # so long that no name can be made of it
    _write(path, TWO)
    told = str(_refused(path))
    assert "cannot be written (" in told
    assert f"add `neu: {URL}` below `sources:` yourself" in told
    assert _read(path) == TWO


# ── for all forms ───────────────────────────────────────────────────────────────────────────────────────────

_COMMENTS = st.sampled_from(["", "\n", "  # für alle\n", "# links\n", "\n  # Gruppe\n"])
_VALUES = st.sampled_from(
    [
        "/{0}",
        '"/{0}"',
        "'/{0}'  # wie",
        "{{feed: /{0}}}",
        "\n    feed: /{0}\n    # every: 1h",
        "\n    title: Ä\n    feed: /{0}",
    ]
)


@st.composite
def _files(draw: st.DrawFn) -> tuple[str, list[str]]:
    names = [f"q{number}" for number in range(draw(st.integers(0, 4)))]
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    if draw(st.booleans()):
        lines = [f"{draw(_COMMENTS)}  {name}: {draw(_VALUES).format(name)}\n" for name in names]
        text = f"sources:\n{''.join(lines)}{draw(_COMMENTS)}"
    else:
        breaks = st.sampled_from([", ", ",\n  ", ",  # eins\n  "])
        text = "".join(f"{name}: {{feed: /{name}}}{draw(breaks)}" for name in names)
        text = f"sources: {{{draw(st.sampled_from(['', chr(10) + '  ']))}{text}}}\n"
    return (SITE + text + draw(st.sampled_from(["", "topics: {}\n"]))).replace("\n", newline), names


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_files(), st.data())
def test_every_edit_means_what_it_says(feeds: Path, file: tuple[str, list[str]], data: st.DataObject) -> None:
    """In files of every form: what was added can be taken out again, and each source can be changed and removed."""
    text, names = file
    _write(feeds, text)
    add_source(feeds, "neu", URL)
    assert list(_sources(feeds)) == [*names, "neu"]
    remove_source(feeds, "neu")
    if names and "{q" not in text:
        assert _read(feeds) == text
    name = data.draw(st.sampled_from([*names, "neu"]))
    if name in names:
        change_addresses(feeds, {name: URL})
        assert _sources(feeds) == {one: URL if one == name else f"/{one}" for one in names}
        remove_source(feeds, name)
        assert list(_sources(feeds)) == [one for one in names if one != name]
