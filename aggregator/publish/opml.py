"""How does the list of our sources read as OPML 2.0?"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from aggregator.model import Site, Source, SourceKind
from aggregator.publish.presentation import document_safe, web_address
from aggregator.publish.wording import wording


def render_sources(site: Site, sources: Iterable[Source]) -> bytes:
    """Give the sources that anyone may subscribe to as an OPML 2.0 subscription list (opml.org/spec2.opml).

    Left out are documents, local files, sources with `public: false`, and addresses that hold a secret.
    """
    from lxml import etree

    words = wording(site.language)
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = document_safe(f"{site.title} – {words['sources_list']}")
    etree.SubElement(head, "ownerName").text = document_safe(site.title)
    etree.SubElement(head, "ownerId").text = document_safe(site.url)
    etree.SubElement(head, "docs").text = "http://opml.org/spec2.opml"
    body = etree.SubElement(root, "body")
    for source in sources:
        if address := _public_address(source):
            name = " ".join(document_safe(source.name).split())
            outline = etree.SubElement(body, "outline", text=name, title=name, type="rss", xmlUrl=address)
            if home := web_address(document_safe(source.url)):
                outline.set("htmlUrl", home)
    if not len(body):
        # The specification wants at least one outline.
        etree.SubElement(body, "outline", text=words["no_sources"], isComment="true")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _public_address(source: Source) -> str | None:
    if source.kind is not SourceKind.FEED or source.local or not source.public or "${" in source.address:
        return None
    address = web_address(document_safe(source.address))
    return address if address and "@" not in urlsplit(address).netloc else None
