"""Is the form of feeds.yaml read as a person reads it, and is each trap of YAML told at its place?"""

from __future__ import annotations

import pytest

from aggregator.config.document import Document


def document(text: str) -> Document:
    """Take a text apart."""
    return Document(file="feeds.yaml", text=text)


def told(text: str) -> list[str]:
    """The problems of form of a text, with line and column."""
    return [f"{problem.line}:{problem.column}: {problem.message}" for problem in document(text).problems]


def test_all_values_stay_text() -> None:
    """What YAML would make a number, a day or a truth value of stays as it was written."""
    read = document(
        "a: no\nb: 12:30\nc: 2025-07-17\nd: 0x1F\ne: ~\nf: ''\ng: [1.0, {x: true}]\nh: >\n  zwei\n  Zeilen\n"
    )
    assert read.problems == []
    assert read.root is not None
    assert read.root.data == {
        "a": "no",
        "b": "12:30",
        "c": "2025-07-17",
        "d": "0x1F",
        "e": "~",
        "f": "",
        "g": ["1.0", {"x": "true"}],
        "h": "zwei Zeilen\n",
    }


def test_a_first_line_of_dashes_is_no_second_document() -> None:
    """One document may begin with `---`."""
    read = document("--- # Quellen\na: b\n")
    assert read.root is not None
    assert read.root.data == {"a": "b"}


def test_a_place_is_found_below_what_exists() -> None:
    """A path that ends too deep leads to the deepest value on it, by keys and by numbers."""
    root = document("a:\n  - x\n  - b: {c: d}\n    e: f\n").root
    assert root is not None
    assert root.find(("a", 1, "b", "c")).value == "d"
    assert root.find(("a", 1, "b", "z", 3)) is root.find(("a", 1, "b"))
    assert root.find(("a", 7)) is root.find(("a",))


QUOTES = "text that begins with {} goes in quotes"
CUT_OFF = "YAML would cut off `{}` as a comment: put the text in quotes, or write a blank after the #"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("any:\n- @negz\n", "2:3: " + QUOTES.format("`@`")),
        ("any:\n- `negz`\n", "2:3: " + QUOTES.format("a backquote")),
        ("any:\n- % der Kommunen\n", "2:3: " + QUOTES.format("`%`")),
        ("any:\n- [GELÖSCHT] Titel\n", "2:3: " + QUOTES.format("`[`") + " as a whole"),
        ("any:\n  - [GELÖSCHT] Titel\n", "2:5: " + QUOTES.format("`[`") + " as a whole"),
        ("title: 'Smart' City\n", "1:8: " + QUOTES.format("`'`") + " as a whole"),
        ('title: "Smart" City\n', "1:8: " + QUOTES.format('`"`') + " as a whole"),
        ("any:\n- !wichtig Text\n", "2:3: `!` begins a YAML tag here"),
        ("any:\n- *stadt\n", "2:3: `*` begins a YAML alias here"),
        ("any:\n- * stadt\n", "2:3: " + QUOTES.format("`*`")),
        ("any:\n- &anker Text\n", "2:3: `&` begins a YAML anchor here"),
        ("any: &anker [Text]\n", "1:6: `&` begins a YAML anchor here"),
        ("any: !!set {a, b}\n", "1:6: `!` begins a YAML tag here"),
        ("any:\n- >Text\n", "2:3: " + QUOTES.format("`>`")),
        ("any: , Text\n", "1:6: " + QUOTES.format("`,`")),
        ("any:\n- Podcast #12\n", "2:3: " + CUT_OFF.format("#12")),
        ("any:\n- #smartcity\n", "2:3: " + CUT_OFF.format("#smartcity")),
        ("any:\n- C #\n", "2:3: " + CUT_OFF.format("#")),
        ("any:\n- Kicker: Folge #3\n", "2:3: " + CUT_OFF.format("#3")),
        ("any: [\n  Podcast #12\n]\n", "2:3: " + CUT_OFF.format("#12")),
        ("title: Podcast #12\n", "1:8: " + CUT_OFF.format("#12")),
        ("any:\n- Kicker: #3\n- b\n", "2:3: " + CUT_OFF.format("#3")),
        ("password: #geheim\n", "1:11: " + CUT_OFF.format("#geheim")),
        ("title: Smart City: Neues\n", "1:18: text that has `: ` in it goes in quotes"),
        ("any:\n- NEGZ: Smart City: Neues\n", "2:19: text that has `: ` in it goes in quotes"),
        ("site:\n\ttitle: a\n", "2:1: a tab: feeds.yaml is written with blanks only"),
        ("site:\n  \ttitle: a\n", "2:3: a tab: feeds.yaml is written with blanks only"),
        ("a: b\t# c\n", "1:5: a tab: feeds.yaml is written with blanks only"),
        ("a:\tb\n", "1:3: a tab: feeds.yaml is written with blanks only"),
        ("site: [\t@a]\n", "1:9: " + QUOTES.format("`@`")),
        ("a:\n  b: 1\n c: 2\n", "3:2: the indentation of this line does not fit"),
        ("a: 1\n b: 2\n", "2:3: this colon is not expected here: look at the indentation"),
        ("a:1\nb: 2\n", "2:2: this colon is not expected here"),
        ("a: b\nc\n", "2:1: there is no `: ` after this"),
        ("a: - b\n", "1:4: a list item (`- …`) begins on a line of its own"),
        ("a: [b, c\nd: e\n", "1:4: what `[` opens here is not closed as it should be"),
        ("a: {b: c\n", "1:4: what `{` opens here is not closed as it should be"),
        ("a: 'b\nc: d\n", "1:4: the quote `'` that opens here is not closed"),
        ('a: "\\d+"\n', "1:6: a backslash is special"),
        ('a: "\\UFFFFFFFF"\n', "1:1: this, or what follows it, has an escape for a character that does not exist"),
        ("a: !a%FF b\n", "1:6: this is no YAML: "),
        ('a: "\\ud800"\n', "1:4: an escape stands for half a character"),
        ("a: b\x07\n", "1:5: a control character that YAML forbids"),
        ("%YAML 3.0\n---\na: b\n", "1:1: this is no YAML: found incompatible YAML document"),
        ("a: 1\nb: 2\na: 3\n", "3:1: `a` stands here a second time, the first is in line 1: keep one of them"),
        ("<<: {a: b}\n", "1:1: merge keys (`<<`) are not used in feeds.yaml"),
        ("? [a]\n: b\n", "1:3: a list or mapping cannot be a key"),
        ("a: b\n---\nc: d\n", "2:1: a second document begins here"),
        ("", "1:1: the file is empty"),
        ("# nur ein Kommentar\n", "1:1: the file is empty"),
        ("---\n", "1:1: the file is empty"),
        ("- a\n", "1:1: feeds.yaml begins with a key and a colon"),
        ("a\n", "1:1: feeds.yaml begins with a key and a colon"),
        ("[" * 100_000, "1:17: nested more than 16 levels deep"),
        ("".join(f"{' ' * depth}a:\n" for depth in range(100)), "17:17: nested more than 16 levels deep"),
    ],
)
def test_each_trap_is_told_at_its_place(text: str, expected: str) -> None:
    """What YAML refuses, or would silently turn into something else, is told where it stands."""
    assert any(line.startswith(expected) for line in told(text)), told(text)


@pytest.mark.parametrize(
    "text",
    [
        "any:\n- negz  # das Netzwerk\n- 'Podcast #12' #Folge\n- C#\n- a#b\n",
        "limit: 50 #viele\n",
        "title: Text  # ein Kommentar\n",
        "title: '[Update] Smart City: „Neues“ *jetzt*'\n",
    ],
)
def test_what_is_no_trap_is_left_alone(text: str) -> None:
    """Comments with a blank, and traps in quotes, are right."""
    assert told(text) == []


def test_reading_goes_on_behind_a_fault() -> None:
    """Several traps in one file are told at once, each once."""
    text = "any:\n- @a\n- [b] c\n- *d\n- e: f: g\n- Podcast #12\n- %h\ntitle: a\ntitle: b\n"
    places = [line.partition(": ")[0] for line in told(text)]
    assert sorted(places) == ["2:3", "3:3", "4:3", "5:7", "6:3", "7:3", "9:1"]


def test_reading_gives_up_after_ten_faults() -> None:
    """A file that is no YAML at all costs a bounded number of readings."""
    assert len(told("a:\n" + "- @x\n" * 100)) == 10


def test_long_lines_are_not_printed() -> None:
    """The excerpt of a problem is short, and left out where its column lies beyond it."""
    (problem,) = document("a: " + "x" * 1000 + ": y\n").problems
    assert (problem.column, problem.excerpt) == (1004, None)
    (problem,) = document("- " + "ä" * 1000).problems
    assert problem.excerpt == "- " + "ä" * 198


def test_a_place_is_counted_in_characters() -> None:
    """Lines and columns count from 1, in characters, also behind a line separator that editors show as none."""
    read = document("ä: „x“\nö: a\u2028b\nü: c\n")
    assert [read.place(offset) for offset in (0, 3, 7, 15)] == [
        "feeds.yaml:1:1",
        "feeds.yaml:1:4",
        "feeds.yaml:2:1",
        "feeds.yaml:3:2",
    ]
