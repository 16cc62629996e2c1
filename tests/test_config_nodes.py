"""Promises of config/nodes.py: two parsers, one meaning."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.config.nodes import build
from aggregator.config.syntax import SyntaxFault

PIECES = (
    *("sources:", "title:", "a:", "- ", "  ", "    ", "\n", "\n", "\n  ", "\n    ", " ", "[", "]", "{", "}", ",", ", "),
    *(
        "? ",
        ": ",
        ":",
        "#",
        " # ",
        "'",
        '"',
        "''",
        '\\"',
        "\\u00e4",
        "\\x",
        "|\n",
        ">-\n",
        "|2\n",
        "&a ",
        "*a",
        "!!str ",
    ),
    *(
        "<<: ",
        "---\n",
        "\n...\n",
        "%YAML 1.2\n",
        "no",
        "12:30",
        "~",
        "Köln: Rat",
        "„OZG“ –",
        "😀",
        "https://a.example/#c",
    ),
    *(
        "a: b: c",
        "key: value",
        "- - x",
        "[a, b: c]",
        "{x: 1, y: 'z'}",
        '"x\n  y"',
        "\\",
        "@",
        "`",
        "%",
        "-",
        "?",
        "?b=[1]",
    ),
)


def _read(text: str) -> str:
    reports: list[tuple[int, str]] = []
    try:
        root = build(text, report=lambda offset, told: reports.append((offset, told)), line=lambda offset: offset)
    except SyntaxFault as fault:
        return repr((reports, fault.offset, str(fault)))
    return repr((root, reports))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=24).map("".join))
@example("sources:\n  a: {feed: 'https://a.example/', title: x}\n  b:\n    - c # d\n    - e#f\n")
@example("a: |\n  b\n\n c")
@example("a: 'x\n\n  y'")
def test_both_parsers_say_the_same(text: str) -> None:
    """What libyaml reads means the same, at the same places, as by ruamel, which reads all that holds a tab."""
    assert _read(f"{text}\n# \n") == _read(f"{text}\n#\t\n").replace("#\\t", "# ")
