"""What flows through the program, and what is each thing called?

    feeds.yaml   Config: Site, FetchPolicy, Source, Topic, Output
    polling      SourceState: what is remembered about a source between two fetches
    fetching     FetchResult = Fetched | NotModified | Failed | Postponed
    reading      Context -> Reading: Channel, Hints, Entry …
    filing       Story: one or more entries that are the same news; TopicMatch
    publishing   PublishedFeed: all that a format needs to render, and nothing else

Every datetime is aware and in UTC. `None` means "not told", never "empty".
"""

from __future__ import annotations

from aggregator.model.configuration import (
    Config,
    ContentPolicy,
    Example,
    FetchPolicy,
    Format,
    Output,
    Overrule,
    Overrules,
    Selectors,
    Site,
    Source,
    SourceKind,
    Take,
    Topic,
)
from aggregator.model.filing import Copy, Found, StoredEntry, Story, TopicMatch
from aggregator.model.polling import Attempt, Failed, Fetched, FetchResult, Hints, NotModified, Postponed, SourceState
from aggregator.model.publishing import PublishedFeed, PublishedSource, PublishedStory
from aggregator.model.reading import Author, Channel, Context, Enclosure, Entry, Precision, Reading, Trust

__all__ = [
    "Attempt",
    "Author",
    "Channel",
    "Config",
    "ContentPolicy",
    "Context",
    "Copy",
    "Enclosure",
    "Entry",
    "Example",
    "Failed",
    "FetchPolicy",
    "FetchResult",
    "Fetched",
    "Format",
    "Found",
    "Hints",
    "NotModified",
    "Output",
    "Overrule",
    "Overrules",
    "Postponed",
    "Precision",
    "PublishedFeed",
    "PublishedSource",
    "PublishedStory",
    "Reading",
    "Selectors",
    "Site",
    "Source",
    "SourceKind",
    "SourceState",
    "StoredEntry",
    "Story",
    "Take",
    "Topic",
    "TopicMatch",
    "Trust",
]
