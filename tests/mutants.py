"""How do feeds go wrong in ways that nobody thought of?

`mutant(body, dice)` changes a document at a few random places: elements dropped, doubled, swapped, nested or put in
from a store of odd ones, attributes, namespaces, encodings, controls, references, comments, ends. The same dice give
the same mutant.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

_LEAF = re.compile(r"<([\w:.-]+)(?: [^<>]*)?(?:/>|>[^<]*(?:<!\[CDATA\[.*?\]\]>)?[^<]*</\1>)", re.DOTALL)
_BLOCK = re.compile(r"<(item|entry|author|image|media:group|media:content|source)\b[^<>]*>.*?</\1>", re.DOTALL)
_START = re.compile(r"<[A-Za-z][\w:.-]*(?=[\s/>])")
_TAG = re.compile(r"</?[A-Za-z][\w:.-]*")
_ATTRIBUTE = re.compile(r"""\s[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*')""")
_TEXT = re.compile(r">([^<>]{2,})<")
_PREFIX = re.compile(r"xmlns:(\w+)")
_ADDRESS = re.compile(r"""(xmlns(?::\w+)?=)(["'])([^"']*)\2""")

_ODD = (
    "<title>Zweiter</title>",
    "<title/>",
    '<title type="xhtml"><div>x</div></title>',
    "<dc:title>DC</dc:title>",
    "<media:title>M</media:title>",
    "<media:description type='plain'>M &amp;amp; m</media:description>",
    "<media:group><media:title>G</media:title><media:thumbnail url='/t.png'/></media:group>",
    "<media:content url='/m.jpg' medium='image'><media:title>T</media:title></media:content>",
    "<media:keywords>a, b,a</media:keywords>",
    "<media:category>Rat</media:category>",
    "<media:credit>Foto</media:credit>",
    "<itunes:summary>Kurz &lt;b&gt;fett&lt;/b&gt;</itunes:summary>",
    "<itunes:summary>Kurz</itunes:summary>",
    "<itunes:author>Möller</itunes:author>",
    "<itunes:image href='/i.png'/>",
    "<itunes:keywords>x,y</itunes:keywords>",
    "<itunes:owner><itunes:name>N</itunes:name><itunes:email>a@b.example</itunes:email></itunes:owner>",
    "<itunes:category text='A'><itunes:category text='B'/></itunes:category>",
    "<itunes:subtitle>U</itunes:subtitle>",
    "<description>Zweite</description>",
    "<description/>",
    "<dc:description>DC</dc:description>",
    "<summary>S</summary>",
    "<summary type='html'>&lt;p&gt;S&lt;/p&gt;</summary>",
    "<content>C</content>",
    "<content type='html' xml:base='https://basis.example/a/'>&lt;a href='x'&gt;C&lt;/a&gt;</content>",
    "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p class='a'>X &amp; <br/>y</p></div></content>",
    "<content type='xhtml'><p xmlns='http://www.w3.org/1999/xhtml'>1</p><p xmlns='http://www.w3.org/1999/xhtml'/></content>",
    "<content:encoded><![CDATA[<p>Lang</p>]]></content:encoded>",
    "<content type='image/png'>UEs=</content>",
    "<guid>4711</guid>",
    "<guid isPermaLink='false'>https://stadt.example/x</guid>",
    "<id>urn:zwei</id>",
    "<link>https://stadt.example/zwei</link>",
    "<link/>",
    "<link href='/drei'/>",
    "<link rel='SELF' href='x'/>",
    "<link rel='alternate' type='application/pdf' href='/p.pdf'/>",
    "<link href=''/>",
    "<link>a?b=1&amp;amp;c;d&amp;e;</link>",
    "<atom:link rel='self' href='https://stadt.example/self'/>",
    "<link href='http:////stadt.example/'/>",
    "<author>a@stadt.example (Amt)</author>",
    "<author>Amt</author>",
    "<author/>",
    "<dc:creator>Grit</dc:creator>",
    "<author><name>Grit</name><email>g@stadt.example</email><uri>grit</uri></author>",
    "<author><name>A</name><name>B</name></author>",
    "<author>vor<name>A</name></author>",
    "<author><name/></author>",
    "<contributor><name>B</name></contributor>",
    "<managingEditor>m@stadt.example</managingEditor>",
    "<category domain='d'>K</category>",
    "<category domain='d'/>",
    "<category term='t' label='L'/>",
    "<category>K</category>",
    "<category/>",
    "<dc:subject>S</dc:subject>",
    "<source url='https://q.example/f'>Quelle</source>",
    "<source/>",
    "<source><id>urn:q</id><title>Q</title><updated>2026-07-01T00:00:00Z</updated></source>",
    "<image><url>/i.png</url><title>Bild</title><link>/</link><width>9</width></image>",
    "<image>/i.png</image>",
    "<textInput><title>T</title><name>q</name><link>/s</link></textInput>",
    "<enclosure url='/f.mp3' type='Audio/MPEG'/>",
    "<enclosure/>",
    "<comments>/k</comments>",
    "<comments a='b'>/k</comments>",
    "<language>fr</language>",
    "<dc:language>it</dc:language>",
    "<pubDate>Thu, 02 Jul 2026 10:00:00 CEST</pubDate>",
    "<pubDate>3. März 2026</pubDate>",
    "<pubDate/>",
    "<updated>2026-07-02T10:00:00.123+02:00</updated>",
    "<dc:date>2026-07-02</dc:date>",
    "<ttl>60</ttl>",
    "<ttl a='b'>60</ttl>",
    "<sy:updatePeriod>daily</sy:updatePeriod>",
    "<slash:comments>3</slash:comments>",
    "<georss:point>52.5 13.4</georss:point>",
    "<georss:point>hier</georss:point>",
    "<geo:lat>52</geo:lat>",
    "<thr:total>2</thr:total>",
    "<wfw:commentRss>/f</wfw:commentRss>",
    "<eigen:wert>1</eigen:wert>",
    "<eigen:wert a='b'>1</eigen:wert>",
    "<eigen:wert><title>innen</title></eigen:wert>",
    "<unbekannt>1</unbekannt>",
    "<links a='b'/>",
    "<tags>x</tags>",
    "<skipHours><hour>3</hour></skipHours>",
    "<rights>R</rights>",
    "<copyright>C</copyright>",
    "<site xmlns='com-wordpress:feed-additions:1'>9</site>",
    "<generator uri='x'>G</generator>",
    "<cloud domain='d'/>",
    "<psc:chapters version='1.2'><psc:chapter start='00:01:02' title='K'/></psc:chapters>",
    "<psc:chapters><psc:chapter/></psc:chapters>",
    "<creativeCommons:license>x</creativeCommons:license>",
    "<feedburner:origLink>/o</feedburner:origLink>",
    "<feedburner:browserFriendly>b</feedburner:browserFriendly>",
    "<og><title>O</title></og>",
    "<svg/>",
    "<item/>",
    "<entry/>",
)
_ATTRIBUTES = (
    ' xml:lang="fr"',
    ' xml:lang=""',
    ' xml:lang="de_AT"',
    ' xml:base="https://basis.example/x/"',
    ' xml:base="/rel/"',
    ' type="html"',
    ' type="text"',
    ' type="xhtml"',
    ' type="text/plain"',
    ' rel="alternate"',
    ' rel="Self"',
    ' href="/h"',
    ' url="/u"',
    ' isPermaLink="false"',
    ' base="https://b.example/"',
    ' lang="en"',
    ' title="T"',
    ' version="2.0"',
    ' a="b"',
    ' xmlns:neu="urn:neu"',
    ' xmlns="urn:anders"',
    ' xmlns=""',
    ' xmlns:dc="urn:falsch"',
    ' eigen:href="/h"',
    ' xmlns:rss1="http://purl.org/rss/1.0/"',
    ' xmlns:atom03="http://purl.org/atom/ns#"',
    ' rdf:about="/a"',
    ' mode="base64"',
    ' xmlns:title="urn:t"',
    ' xmlns:xlink="http://www.w3.org/1999/xlink"',
    ' src="/s"',
    ' label="L"',
    ' term="t"',
    ' scheme="s"',
)
_BITS = (
    "\x02",
    "\x0b",
    "&nbsp;",
    "&uuml;",
    "&auml",
    "&unbekannt;",
    "&#150;",
    "&#x80;",
    "&#8211;",
    "&#0;",
    "&#xD800;",
    "&amp;",
    "&amp;uuml;",
    "&lt;b&gt;fett&lt;/b&gt;",
    "<!-- Notiz -->",
    "<?pi x?>",
    "<![CDATA[<i>&nbsp;</i>]]>",
    "]]>",
    "<b>fett</b>",
    "\n\n",
    "\t ",
    "\xc3\xa4",
    "\xc3\x83\xc2\xa4",
    "\xe4",
    "\xc2\x96",
    "\xe2\x80\x8b",
    "\xc2\xa0",
    "<",
    ">",
    "&",
    "'",
    "://///",
    "\xef\xbf\xbe",
    "</p>",
    "&lt;/p&gt;",
)
_NAMESPACES = (
    "http://www.w3.org/2005/Atom",
    "HTTP://WWW.W3.ORG/2005/ATOM",
    "http://purl.org/dc/elements/1.1/",
    "http://purl.org/dc/terms/",
    "http://search.yahoo.com/mrss/",
    "http://search.yahoo.com/mrss",
    "http://purl.org/rss/1.0/modules/content/",
    "urn:neu",
    "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "http://purl.org/rss/1.0/",
    "http://backend.userland.com/rss2",
    "urn:mit blank",
    "http://purl.org/rss/1.0/modules/syndication/",
    "http://www.w3.org/1999/xhtml",
    "",
)
_DECLARATIONS = (
    "<?xml version='1.0' encoding='iso-8859-1'?>",
    '<?xml version="1.0" encoding="windows-1252"?>',
    '<?xml version="1.1"?>',
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
    '<?xml version="1.0" encoding="utf-16"?>',
    "",
    "\n",
    " ",
    "<?xml?>",
    '\n<?xml version="1.0"?>',
    '<?xml-stylesheet href="x"?>',
    "<!DOCTYPE rss>",
    '<?xml version="1.0" encoding="us-ascii"?>',
    '<!DOCTYPE rss [<!ENTITY x "y">]>',
    "<!-- vorweg -->",
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def mutant(body: bytes, dice: Random) -> bytes:
    """Change a document at one to four places."""
    text = body.decode("latin-1")
    for _ in range(dice.randint(1, 4)):
        text = dice.choice(_CHANGES)(text, dice)
    changed = text.encode("latin-1", "replace")
    return dice.choice(_RECODINGS)(changed) if dice.random() < 0.1 else changed


def _spot(pattern: re.Pattern[str], text: str, dice: Random) -> re.Match[str] | None:
    """Find one of the places that a pattern fits, near a random point."""
    found = pattern.search(text, dice.randrange(len(text) + 1))
    return found or pattern.search(text)


def _put(odds: tuple[str, ...], before: re.Pattern[str]) -> Callable[[str, Random], str]:
    def change(text: str, dice: Random) -> str:
        found = _spot(before, text, dice)
        odd = dice.choice(odds).encode().decode("latin-1")
        return text[: found.start()] + odd + text[found.start() :] if found else text

    return change


def _within(odds: tuple[str, ...]) -> Callable[[str, Random], str]:
    def change(text: str, dice: Random) -> str:
        found = _spot(_TEXT, text, dice)
        if not found:
            return text
        at = dice.randint(found.start(1), found.end(1))
        return text[:at] + dice.choice(odds) + text[at:]

    return change


def _attribute(text: str, dice: Random) -> str:
    found = _spot(_START, text, dice)
    return text[: found.end()] + dice.choice(_ATTRIBUTES) + text[found.end() :] if found else text


def _root_attribute(text: str, dice: Random) -> str:
    found = re.search(r"<(?:rss|feed|channel)\b", text)
    return text[: found.end()] + dice.choice(_ATTRIBUTES) + text[found.end() :] if found else text


def _drop(pattern: re.Pattern[str]) -> Callable[[str, Random], str]:
    def change(text: str, dice: Random) -> str:
        found = _spot(pattern, text, dice)
        return text[: found.start()] + text[found.end() :] if found else text

    return change


def _double(pattern: re.Pattern[str]) -> Callable[[str, Random], str]:
    def change(text: str, dice: Random) -> str:
        found = _spot(pattern, text, dice)
        return text[: found.end()] + text[found.start() :] if found else text

    return change


def _move(text: str, dice: Random) -> str:
    """Put an element elsewhere, often into another one."""
    found = _spot(_LEAF, text, dice)
    if not found:
        return text
    rest = text[: found.start()] + text[found.end() :]
    place = _spot(_TAG, rest, dice)
    return rest[: place.start()] + found[0] + rest[place.start() :] if place else rest


def _rename(text: str, dice: Random) -> str:
    """Give one prefix another name everywhere, or one address another meaning."""
    found = _spot(_PREFIX, text, dice)
    if found and dice.random() < 0.5:
        new = dice.choice(["x", "dc", "media", "atom", "DC", "thr"])
        return text.replace(f"{found[1]}:", f"{new}:").replace(f"xmlns:{found[1]}=", f"xmlns:{new}=")
    told = _spot(_ADDRESS, text, dice)
    if not told:
        return text
    return text[: told.start(3)] + dice.choice(_NAMESPACES) + text[told.end(3) :]


def _letter_case(text: str, dice: Random) -> str:
    found = _spot(_LEAF, text, dice)
    if not found:
        return text
    return text[: found.start()] + found[0].replace(found[1], found[1].swapcase()) + text[found.end() :]


def _declare(text: str, dice: Random) -> str:
    return dice.choice(_DECLARATIONS) + _DECLARATION.sub("", text)


def _cut(text: str, dice: Random) -> str:
    return text[: dice.randrange(len(text) // 2, len(text) + 1)]


def _lose(text: str, dice: Random) -> str:
    at = dice.randrange(len(text) + 1)
    return text[:at] + text[at + dice.randint(1, 9) :]


def _recoded(codec: str) -> Callable[[bytes], bytes]:
    return lambda body: body.decode("utf-8", "replace").encode(codec, "replace")


_CHANGES: tuple[Callable[[str, Random], str], ...] = (
    *(_put(_ODD, _LEAF), _put(_ODD, _LEAF), _put(_ODD, _TAG), _put(_BITS, _TAG), _within(_BITS), _within(_BITS)),
    *(_attribute, _attribute, _root_attribute, _drop(_LEAF), _drop(_ATTRIBUTE), _double(_LEAF), _double(_BLOCK), _move),
    *(_rename, _letter_case, _declare, _cut, _lose),
)
_RECODINGS: tuple[Callable[[bytes], bytes], ...] = (
    *(_recoded("latin-1"), _recoded("windows-1252"), _recoded("utf-16"), _recoded("utf-8-sig"), _recoded("utf-32")),
    *(lambda body: b"\xef\xbb\xbf" + body, lambda body: b"\n" + body),
)
