"""How is foreign HTML made safe to republish, and how is it read as plain text?

    safe_html     HTML -> HTML of an allow-list made for news; cleaning it again changes nothing
    to_text       HTML -> plain text, paragraphs parted by an empty line
    to_title      a title with or without markup and entities, escaped once or twice -> one plain line
    escape        plain text -> safe HTML
    unescape      HTML that was escaped once too often -> HTML

Only nh3 decides what is safe. Input that would cost it far more than its size (deep nesting, floods of
references) is read as plain text instead.
"""

from __future__ import annotations

import html as entities
import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from aggregator import links
from aggregator.sources import settled
from aggregator.text import from_utf_16, one_line, visible, xml_safe

if TYPE_CHECKING:
    import nh3

LONGEST = 1_000_000
LONGEST_TITLE = 500

_LONGEST_RAW_TITLE = 20_000
_LONGEST_FALLBACK = 20_000
_DEEPEST = 200
_MOST_WORK = 500_000
_MOST_REFERENCES = 100_000
_PASSES = 4
# Of what was read last, for those who ask again: what repeats in a document, its terms, its digest.
_KEPT = 500
_LONGEST_KEPT = 5_000

_PARAGRAPHS = {
    *("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ul", "ol", "dl", "pre", "blockquote", "figure"),
    "table",
}
_LINES = {"br", "li", "dt", "dd", "tr", "figcaption", "caption"}
_CELLS = {"td", "th"}
_BLOCKS = _PARAGRAPHS | _LINES | _CELLS
_TAGS = _BLOCKS | {
    *("a", "abbr", "b", "cite", "code", "del", "em", "i", "img", "ins", "kbd", "mark", "q", "s", "samp"),
    *("small", "span", "strong", "sub", "sup", "tbody", "tfoot", "thead", "time", "u", "var"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "time": {"datetime"},
}
# Without an address there is nothing that `rel` could say something of, and HTML forbids it.
_BARE_ANCHOR = re.compile(r'<a( title="[^"]*")? rel="noopener nofollow">')
_MEASURES = {"width", "height", "start", "colspan", "rowspan"}
_MEASURE = re.compile(r"\s*\d{1,4}(?:px|%)?\s*", re.ASCII)
_DROPPED_WITH_CONTENT = {
    *("script", "style", "noscript", "template", "iframe", "frame", "frameset", "noframes", "object", "embed"),
    *("applet", "audio", "video", "canvas", "svg", "math", "select", "textarea", "button", "title", "head"),
    *("noembed", "xmp", "plaintext"),
}

# Elements that close themselves: many of them are not deep. Inside SVG and MathML only the first set does so.
_FLAT = frozenset({"p", "li", "dt", "dd", "br", "img", "hr"})
_VOID = _FLAT | {"area", "base", "col", "embed", "input", "link", "meta", "param", "source", "track", "wbr"}
_FOREIGN = re.compile(r"<(?:svg|math)", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]{0,30})")
_ANY_TAG = re.compile(r"<[^<>]*>")

_CLEAN_IMAGE = re.compile(r'<img(?: [a-z]+="[^"]*")*>')
_TINY = re.compile(r' (?:width|height)="\s*[01](?:px)?\s*"')
_PRE_START = re.compile(r"<pre>\n+")
_WRITTEN_TAG = re.compile(r'<(/?[a-z][a-z0-9]{0,10})(?: [a-z]+="[^"<>]*")*>')
# What a tag is in plain text, by its name and by its end.
_PARTED, _ENDED = "\n\n", "\n"
_BREAKS = dict.fromkeys(_TAGS, "") | dict.fromkeys(_BLOCKS, " ") | dict.fromkeys(_LINES, _ENDED)
_BREAKS |= dict.fromkeys(_PARAGRAPHS, _PARTED)
_BREAKS |= {f"/{name}": " " if told == _ENDED else told for name, told in _BREAKS.items()}

_NAMES = (
    r"(?:a|abbr|b|blockquote|br|cite|code|del|div|em|font|h[1-6]|hr|i|img|ins|li|ol|p|pre|q|s|small|span"
    r"|strong|sub|sup|table|tbody|td|th|tr|u|ul)"
)
_KNOWN_TAG = re.compile(rf"</?{_NAMES}(?:\s[^<>]{{0,2000}})?/?>|<!\[CDATA\[|\]\]>", re.IGNORECASE)
_ESCAPED_TAG = re.compile(rf"&lt;(?:/{_NAMES}|(?:br|hr|img)(?:\s(?:(?!&[lg]t;)[^<>]){{0,500}})?/?)&gt;", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
# The two halves of one character of UTF-16, each as a reference of its own.
_HALVES = re.compile(
    r"&#(?:[xX]0*([dD][89abAB][0-9a-fA-F]{2})|0*(5[56]\d{3}));&#(?:[xX]0*([dD][c-fC-F][0-9a-fA-F]{2})|0*(5[67]\d{3}));"
)
_ESCAPED_REFERENCE = re.compile(
    r"&amp;(?=(?:#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|(?!(?:amp|lt|gt|quot|apos);)[A-Za-z]{2,8});)"
)


def safe_html(html: str, base: str | None) -> str:
    """Keep what news need of HTML: text, lists, tables, figures, quotes, code, links and images; all else goes.

    Links are absolute against `base`, http, https or mailto, with `rel="noopener nofollow"`; images of one pixel
    and without a usable address go. At most 1,000,000 characters are read. `safe_html(safe_html(x, b), c)` is
    `safe_html(x, b)` for any `c`: a browser that parses it again finds nothing new in it.
    """
    html = _HALVES.sub(_whole, xml_safe(html[:LONGEST]))
    if not _is_costly(html):
        for _ in range(_PASSES):
            cleaned = _clean(html, base)
            if cleaned == html:
                return html
            html = cleaned
            if _is_costly(html):
                break
            if settled.is_settled(html):
                return html
    return escape(_without_tags(html)[:_LONGEST_FALLBACK])


def to_text(html: str) -> str:
    """Read HTML as plain text: an empty line between paragraphs, list items and table rows on lines of their own."""
    if not html:
        return ""
    return _latest_text(html) if len(html) <= _LONGEST_KEPT else _text(html)


def to_title(told: str) -> str:
    """Read a title, plain or HTML, escaped once or twice, as one plain line of at most 500 characters."""
    title = told[:_LONGEST_RAW_TITLE]
    for _ in range(3):
        plain = _REFERENCE.sub(_decode, _HALVES.sub(_whole, _KNOWN_TAG.sub(_gap, title)))
        if plain == title:
            break
        title = plain
    return one_line(title)[:LONGEST_TITLE].rstrip()


def escape(text: str) -> str:
    """Write plain text as safe HTML: empty lines part paragraphs, line ends stay."""
    escaped = entities.escape(xml_safe(text), quote=False).replace("\xa0", "&nbsp;")
    paragraphs = re.split(r"\n\s*\n", "\n".join(escaped.splitlines()).strip())
    return "".join("<p>" + part.strip().replace("\n", "<br>") + "</p>" for part in paragraphs if part)


def unescape(html: str) -> str:
    """Undo one escaping too many (`&lt;p&gt;M&amp;#252;nchen`), which some content systems do; else change nothing."""
    if _ESCAPED_TAG.search(html) and not _KNOWN_TAG.search(html):
        html = _REFERENCE.sub(_decode, html)
    return _ESCAPED_REFERENCE.sub("&", html)


def looks_like_html(text: str) -> bool:
    """Say whether a text that was told to be plain holds tags or character references of HTML."""
    return bool(_KNOWN_TAG.search(text) or _REFERENCE.search(text))


def _is_costly(html: str) -> bool:
    """Foresee what a parser of HTML would do with this: its work grows with the depth at each tag."""
    if len(html) > 2 * LONGEST or html.count("&") > _MOST_REFERENCES:
        return True
    if html.count("<") <= _DEEPEST:
        return False
    flat = _FLAT if _FOREIGN.search(html) else _VOID
    opened: Counter[str] = Counter()
    depth = work = 0
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        if not tag[1]:
            work += depth
            if name not in flat:
                opened[name] += 1
                depth += 1
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
        if depth > _DEEPEST or work > _MOST_WORK:
            return True
    return False


def _clean(html: str, base: str | None) -> str:
    cleaned = _cleaner(base).clean(html)
    # A reference may stand for what XML cannot hold.
    if "&#" in html:
        cleaned = xml_safe(cleaned)
    if "<img" in cleaned:
        cleaned = _CLEAN_IMAGE.sub(_image, cleaned)
    if "<a" in cleaned:
        cleaned = _BARE_ANCHOR.sub(r"<a\1>", cleaned)
    # A parser drops the first line end of each <pre>; with none left, nothing changes when it is parsed again.
    return (_PRE_START.sub("<pre>", cleaned) if "<pre>" in cleaned else cleaned).strip()


def _text(html: str) -> str:
    html = xml_safe(html[:LONGEST])
    # As nh3 writes it, which is nearly always, there is nothing to be understood.
    plain = _written_as_text(html) if html.count("&") <= _MOST_REFERENCES else None
    if plain is not None:
        return plain
    if _is_costly(html):
        return _tidy(_without_tags(html)[:_LONGEST_FALLBACK])
    import nh3

    blocks = nh3.clean(html, tags=_BLOCKS, attributes={}, clean_content_tags=_DROPPED_WITH_CONTENT, link_rel=None)
    return _written_as_text(xml_safe(blocks), strict=False) or ""


_latest_text = lru_cache(maxsize=_KEPT)(_text)


@lru_cache(maxsize=8)
def _cleaner(base: str | None) -> nh3.Cleaner:
    """Give what cleans HTML whose links start from `base`: to make it takes longer than to clean a text with it."""
    import nh3

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name in ("href", "src"):
            is_mail = tag == "a" and value.strip().lower().startswith("mailto:")
            return value.strip() if is_mail else links.clean(value, base)
        if name in _MEASURES:
            return value if _MEASURE.fullmatch(value) else None
        return value

    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow",
    )


def _image(found: re.Match[str]) -> str:
    """Drop an image that shows nothing: one pixel that counts readers, or no address."""
    tag = found[0]
    return "" if ' src="' not in tag or len(_TINY.findall(tag)) == 2 else tag


def _without_tags(html: str) -> str:
    return _REFERENCE.sub(_decode, _ANY_TAG.sub(" ", html))


def _decode(found: re.Match[str]) -> str:
    return entities.unescape(found[0])


def _whole(found: re.Match[str]) -> str:
    """Join two halves of a character; what is none stays."""
    first, second = int(found[1], 16) if found[1] else int(found[2]), int(found[3], 16) if found[3] else int(found[4])
    told = from_utf_16((first, second))
    return told if len(told) == 1 and ord(told) not in (first, second) else found[0]


def _gap(found: re.Match[str]) -> str:
    """Part the words that only a block or a line break kept apart."""
    name = found[0].strip("</>").partition(" ")[0].lower()
    return " " if name in _BLOCKS else ""


def _written_as_text(html: str, *, strict: bool = True) -> str | None:
    """Read HTML whose tags are all as nh3 writes them; None where one is not, unless that does not matter."""
    pieces = _WRITTEN_TAG.split(html)
    tags = pieces[1::2]
    if "\n" in html:
        # A line end of HTML is a blank, unlike those that the tags are.
        pieces[::2] = [piece.replace("\n", " ") for piece in pieces[::2]]
    try:
        pieces[1::2] = [_BREAKS[tag] for tag in tags]
    except KeyError:
        return None
    if strict and html.count("<") != len(tags):
        return None
    told = "".join(pieces)
    return _tidy(entities.unescape(told) if "&" in told else told)


def _tidy(text: str) -> str:
    """One blank between words, no blanks at line ends, at most one empty line."""
    lines = "\n".join([" ".join(line.split()) for line in visible(text).split("\n")])
    while "\n\n\n" in lines:
        lines = lines.replace("\n\n\n", "\n\n")
    return lines.strip()
