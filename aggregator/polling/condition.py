"""How is a source, in a word, and what should the operator do about it?"""

from __future__ import annotations

from datetime import datetime, timedelta

from aggregator.model import Source, SourceState

_SILENT_PACES = 10
_SILENT_AT_LEAST = timedelta(days=14)
_ELSE = "Open its address in a browser: if it fails there, too, look for another one, or tell the publisher."
_SERVER = "Its server has a fault: if that lasts, tell the publisher. Until then it is asked less and less often."
_ADVICE = {
    "connect": "Its server cannot be reached: check the address; if that lasts, tell the publisher.",
    "timeout": "Its server answers too slowly: if that lasts, tell the publisher, or pause the source.",
    "empty": "It answers with nothing: look whether anything is at its address; if that lasts, tell the publisher.",
    "truncated": "What comes breaks off before its end: if that lasts, tell the publisher.",
    "dns": "Check the address: no such name is known.",
    "tls": "Its certificate is not accepted: open the address in a browser, and tell the publisher.",
    "http-401": "Check `user` and `password`: it asks for credentials.",
    "http-403": "The publisher refuses us: ask them, or look for another address of the feed.",
    "http-404": "Nothing is there any more: look for the feed's new address on the publisher's site.",
    "http-410": "Its publisher says it is gone: look for a new address. After a day of it we ask no more.",
    "http-429": "Its server asked us to wait, and we do: nothing is to be done. If it lasts, set a longer `every:`.",
    "html": "A web page stands where the feed was: look for the feed's new address on that page.",
    "not-a-feed": "What comes is not a feed: open the address in a browser, and look for the feed's new one.",
    "refused-address": "It, or where it redirects to, may not be asked: a private host of yours is opened under"
    " `fetch: allow`.",
    "robots": "Its publisher does not want this page to be read by programs: ask them, or look for a feed.",
    "file-missing": "Put the file where feeds.yaml says, or correct its path there.",
    "parser-killed": "The document is too costly to read: tell the publisher, or pause the source.",
    "too-large": "It sends more than we read: look for a shorter feed of the publisher.",
}


def state_word(source: Source, state: SourceState, now: datetime) -> str:
    """Give the first that holds of `paused gone throttled failing moved empty churned new silent`, else `ok`."""
    conditions = {
        "paused": source.paused,
        "gone": state.stopped,
        "throttled": state.throttled_until is not None and now < state.throttled_until,
        "failing": state.failures > 0 or bool(source.unset),
        "moved": state.learned_url is not None,
        "empty": state.empty_since is not None,
        "churned": state.churned_since is not None,
        "new": state.last_success is None,
        "silent": not source.local and _is_silent(state, now),
    }
    return next((word for word, holds in conditions.items() if holds), "ok")


def advice(source: Source, state: SourceState) -> str | None:
    """Say in one sentence what the operator should do; None where there is nothing to do."""
    if source.paused:
        return None
    if source.unset:
        return f"Set {', '.join(source.unset)} in the environment; until then it is not asked."
    return _advice_on(source, state)


def _is_silent(state: SourceState, now: datetime) -> bool:
    """Say whether nothing new came for unusually long: ten times its pace, and two weeks at least.

    Counted from when we last saw something new: a source that was quiet before it was subscribed to is not ill.
    """
    if state.newest is None or state.pace is None or state.last_new is None:
        return False
    return now - max(state.newest, state.last_new) > max(_SILENT_PACES * state.pace, _SILENT_AT_LEAST)


def _advice_on(source: Source, state: SourceState) -> str | None:
    if state.stopped:
        return f"Remove it, its publisher says it is gone; `update {source.id} --force` asks once more."
    if state.failures:
        reason = state.failure_reason or ""
        return _ADVICE.get(reason, _SERVER if reason.startswith("http-5") else _ELSE)
    if state.learned_url:
        return f"It has moved to {state.learned_url}: `aggregator moved --write` corrects feeds.yaml."
    return _advice_on_contents(state)


def _advice_on_contents(state: SourceState) -> str | None:
    if state.empty_since and state.last_new:
        return "It had entries and suddenly has none; those that were read are kept. Look at the publisher's site."
    if state.truncated_since:
        return "Its document breaks off before its end; what was whole is kept. Tell the publisher if that lasts."
    if state.unread:
        return f"Too many entries, {state.unread} of them not read: look for a shorter feed of the publisher."
    if state.empty_since:
        return "It is a feed without entries: if that lasts, look at the publisher's site."
    if state.churned_since:
        return "It has given its entries new ids; they were known by title and day. See whether stories came twice."
    return None
