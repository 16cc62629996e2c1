"""How does a page say dates and numbers in the site's language and time zone?"""

from __future__ import annotations

from datetime import date, datetime, time
from functools import cache, lru_cache
from typing import Literal

from aggregator.model import PublishedFeed, PublishedStory, Site
from aggregator.publish import presentation
from aggregator.publish.wording import page_language, ui_language, wording


class Sayings:
    """What pages of a site say."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._locale = _locale(site.language)
        self._words = wording(site.language)

    def day(self, day: date) -> str:
        """Give a day with its weekday."""
        return _date(day, "full", self._locale)

    def date(self, instant: datetime) -> str:
        """Give the day of an instant."""
        return _date(self.local(instant).date(), "long", self._locale)

    def clock(self, instant: datetime) -> str:
        """Give the time of day, to the minute."""
        clock = _clock(self.local(instant).time().replace(second=0), self._locale)
        return self._words["clock"].format(clock=clock)

    def moment(self, instant: datetime) -> str:
        """Give day and time."""
        return f"{self.date(instant)}, {self.clock(instant)}"

    def local(self, instant: datetime) -> datetime:
        """Give an instant in the site's time zone."""
        return presentation.local(instant, self._site)

    def count(self, number: int) -> str:
        """Say how many stories there are."""
        return self._words["one_story"] if number == 1 else self._words["stories"].format(count=number)

    def name(self, feed: PublishedFeed) -> str:
        """Give what a feed is called on our own pages: that of all stories bears the site's title elsewhere."""
        return self._words["all_stories"] if feed.slug == "all" else feed.title

    def language(self, story: PublishedStory) -> str | None:
        """Give the language of a story, which is the site's where none was told, if it is not that of the page."""
        tag = presentation.language_tag(story.language) or self._site.language
        return tag if tag != page_language(self._site.language) else None

    def field(self, name: str) -> str:
        """Say what part of an entry a term was found in."""
        return self._words.get(f"field_{name}", name)


@cache
def _locale(language: str) -> str:
    """Give how dates are written: as the region of the language does, where it is one of ours."""
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(page_language(language), sep="-"))
    except (ValueError, UnknownLocaleError):
        return ui_language(language)


@lru_cache(maxsize=4096)
def _date(day: date, form: Literal["full", "long"], language: str) -> str:
    from babel.dates import format_date

    return str(format_date(day, form, locale=language))


@lru_cache(maxsize=2048)
def _clock(clock: time, language: str) -> str:
    from babel.dates import format_time

    return str(format_time(clock, "short", locale=language))
