"""Which HTML, once made safe, stays as it is when it is made safe again?

HTML that a parser reads otherwise than it is written may say something new each time; so `markup.safe_html` cleans
until nothing changes. For what nearly all news are made of that is plain at once.
"""

from __future__ import annotations

import re

_TAG = re.compile(r'<(/?[a-z][a-z0-9]{0,10})((?: [a-z]+="[^"<>]*")*)>')
# A cleaner puts `rel` last. About a host that may be spelled otherwise, or a link without one, it might think anew.
_DOUBTFUL = re.compile(r' rel="[^"]*" | (?:href|src)="(?!https?://(?:[a-z0-9]+[.-])*[a-z0-9]+(?::\d+)?/|mailto:)')

_CHILDLESS = frozenset({"br", "img"})
_ANYWHERE = frozenset("a abbr b cite code del em i ins kbd mark q s samp small span strong sub sup time u var".split())
_FLOW = frozenset({"", "div", "blockquote", "figure", "figcaption", "li", "dt", "dd"})
_PARENTS = dict.fromkeys("p h1 h2 h3 h4 h5 h6 ul ol dl div blockquote figure figcaption".split(), _FLOW)
_PARENTS |= {"li": frozenset({"ul", "ol"}), "dt": frozenset({"dl"}), "dd": frozenset({"dl"})}


def is_settled(html: str) -> bool:
    """Say whether a cleaner that wrote this would write it again; False where that is not sure.

    So it is where a parser makes of each tag just the element that is written (HTML section 13.2.6.4.7): each ends
    where it is the innermost, no block begins within a paragraph, no link within a link, no item outside of a list.
    """
    tags = _TAG.findall(html)
    # A parser passes over a byte order mark before everything, and reads each line end as one.
    if html.count("<") != len(tags) or html.startswith("\ufeff") or "\r" in html:
        return False
    opened = [""]
    for name, attributes in tags:
        if attributes and _DOUBTFUL.search(attributes):
            return False
        if name[0] == "/":
            if opened.pop() != name[1:]:
                return False
        elif name not in _CHILDLESS:
            if not (opened[-1] in _PARENTS[name] if name in _PARENTS else name in _ANYWHERE):
                return False
            if name == "a" and "a" in opened:
                return False
            opened.append(name)
    return len(opened) == 1
