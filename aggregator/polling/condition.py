"""How is a source, in a word, and what should the operator do about it?"""

from __future__ import annotations

from datetime import datetime

from aggregator.model import Source, SourceState

_ADVICE = {
    "dns": "Check the address: no such name is known.",
    "tls": "Its certificate is not accepted: open the address in a browser, and tell the publisher.",
    "http-401": "Check `user` and `password`: it asks for credentials.",
    "http-403": "The publisher refuses us: ask them, or look for another address of the feed.",
    "http-404": "Nothing is there any more: look for the feed's new address on the publisher's site.",
    "html": "A web page stands where the feed was: look for the feed's new address on that page.",
    "not-a-feed": "What comes is not a feed: open the address in a browser, and look for the feed's new one.",
    "refused-address": "It leads into a private network: open the host under `fetch: allow` if it is yours.",
    "file-missing": "Put the file where feeds.yaml says, or correct its path there.",
    "parser-killed": "The document is too costly to read: tell the publisher, or pause the source.",
    "too-large": "It sends more than we read: look for a shorter feed of the publisher.",
}


def state_word(source: Source, state: SourceState, now: datetime) -> str:
    """Give the first that holds of `paused gone throttled failing moved empty new`, else `ok`."""
    conditions = {
        "paused": source.paused,
        "gone": state.stopped,
        "throttled": state.throttled_until is not None and now < state.throttled_until,
        "failing": state.failures > 0,
        "moved": state.learned_url is not None,
        "empty": state.empty_since is not None,
        "new": state.last_success is None,
    }
    return next((word for word, holds in conditions.items() if holds), "ok")


def advice(source: Source, state: SourceState) -> str | None:
    """Say in one sentence what the operator should do; None where there is nothing to do."""
    if source.unset:
        return f"Set {', '.join(source.unset)} in the environment; until then it is not asked."
    if state.stopped:
        return f"Remove it, its publisher says it is gone; `update {source.id} --force` asks once more."
    if state.failures:
        return _ADVICE.get(state.failure_reason or "")
    if state.learned_url:
        return f"It has moved to {state.learned_url}: `aggregator moved --write` corrects feeds.yaml."
    if state.empty_since:
        return "It is a feed without entries: if that lasts, look at the publisher's site."
    return None
