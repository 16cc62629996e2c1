"""Which words do our pages and feeds say in the site's language?

German and English; a site in any other language gets the English ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


def ui_language(language: str) -> str:
    """Give the language of our own words for a site's language tag: `de` or `en`."""
    primary = language.split("-", maxsplit=1)[0].lower()
    return primary if primary in _WORDS else "en"


def page_language(language: str) -> str:
    """Give the language that our pages are marked with: the site's tag where we speak it, region and all."""
    return language if language.split("-", maxsplit=1)[0].lower() in _WORDS else ui_language(language)


def wording(language: str) -> Mapping[str, str]:
    """Give our own words, by their names, for a site's language tag."""
    return MappingProxyType(_WORDS[ui_language(language)])


_WORDS = {
    "de": {
        "untitled": "(ohne Titel)",
        "also_at": "Auch bei:",
        "skip": "Zum Inhalt springen",
        "overview": "Übersicht",
        "sections": "Seiten",
        "subscribe": "Abonnieren",
        "subscribe_how": "So abonnieren Sie",
        "subscribe_text": "Kopieren Sie die Adresse eines Feeds in Ihren Feedreader. Er zeigt Ihnen von da an"
        " jede neue Meldung, einmal und ohne Anmeldung. Atom passt fast immer; RSS und JSON Feed"
        " enthalten dasselbe.",
        "copy_address": "Kopieren",
        "copied": "Kopiert:",
        "sources_list": "Alle Quellen (OPML)",
        "no_sources": "Keine öffentlichen Feeds",
        "feeds_list": "Alle Feeds (OPML)",
        "no_feeds": "Keine Feeds",
        "imprint": "Impressum",
        "privacy": "Datenschutz",
        "past": "Frühere Meldungen",
        "older": "Ältere Meldungen",
        "newer": "Neuere Meldungen",
        "ended_title": "„{title}“ ist eingestellt",
        "ended_text": "Dieser Feed wird nicht mehr fortgeführt; seine Adresse verschwindet in einigen Wochen."
        " Andere Feeds finden Sie auf {url}",
        "feeds": "Themen und Feeds",
        "all_stories": "Alle Meldungen",
        "one_story": "1 Meldung",
        "stories": "{count} Meldungen",
        "no_stories": "Noch keine Meldungen.",
        "as_of": "Stand:",
        "newest": "Neueste:",
        "topics": "Themen:",
        "details": "Details",
        "details_of": "Details zu:",
        "read_at": "Weiterlesen bei {source}",
        "read_on": "Weiterlesen",
        "source": "Quelle:",
        "by": "Von",
        "undated": "Ohne Datum, eingeordnet am",
        "no_date": "ohne Datum",
        "carried_by": "Wer berichtet",
        "seen": "gesehen am",
        "moved_title": "Zusammengeführt",
        "moved_text": "Diese Meldung ist in einer anderen aufgegangen, die dasselbe berichtet:",
        "why_here": "Warum diese Meldung hier steht",
        "matched": "Begriff „{term}“ – gefunden im {field}:",
        "attachments": "Dateien",
        "clock": "{clock} Uhr",
        "field_title": "Titel",
        "field_summary": "Anriss",
        "field_text": "Text",
        "field_content": "Text",
        "field_category": "Schlagwort",
        "field_source": "Namen der Quelle",
        "field_link": "Link",
    },
    "en": {
        "untitled": "(untitled)",
        "also_at": "Also at:",
        "skip": "Skip to content",
        "overview": "Overview",
        "sections": "Pages",
        "subscribe": "Subscribe",
        "subscribe_how": "How to subscribe",
        "subscribe_text": "Copy the address of a feed into your feed reader. From then on it shows you every"
        " new story, once and without an account. Atom suits almost always; RSS and JSON Feed hold the same.",
        "copy_address": "Copy",
        "copied": "Copied:",
        "sources_list": "All sources (OPML)",
        "no_sources": "No public feeds",
        "feeds_list": "All feeds (OPML)",
        "no_feeds": "No feeds",
        "imprint": "Imprint",
        "privacy": "Privacy",
        "past": "Earlier stories",
        "older": "Older stories",
        "newer": "Newer stories",
        "ended_title": "“{title}” has ended",
        "ended_text": "This feed is no longer continued; its address will be gone in a few weeks."
        " Find other feeds at {url}",
        "feeds": "Topics and feeds",
        "all_stories": "All stories",
        "one_story": "1 story",
        "stories": "{count} stories",
        "no_stories": "No stories yet.",
        "as_of": "As of",
        "newest": "Newest:",
        "topics": "Topics:",
        "details": "Details",
        "details_of": "Details of:",
        "read_at": "Read on at {source}",
        "read_on": "Read on",
        "source": "Source:",
        "by": "By",
        "undated": "Undated, filed under",
        "no_date": "undated",
        "carried_by": "Who reports",
        "seen": "seen on",
        "moved_title": "Merged",
        "moved_text": "This story has become part of another one, which reports the same:",
        "why_here": "Why this story is here",
        "matched": "Term “{term}” – found in the {field}:",
        "attachments": "Files",
        "clock": "{clock}",
        "field_title": "title",
        "field_summary": "summary",
        "field_text": "text",
        "field_content": "text",
        "field_category": "category",
        "field_source": "source’s name",
        "field_link": "link",
    },
}
