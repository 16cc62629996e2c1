"""Is an entry in a topic, by what was found in it, and is a story, by its entries?"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from aggregator.model import Topic, TopicMatch

_NOTHING = "none of its terms stands there"


class Verdict(Struct, frozen=True, kw_only=True):
    """Whether an entry or a story is in a topic, by which matches, and why not.

    `why_not` is None where it is in. `kept_out` says that a term of `none` stands there, or `exclude` names it.
    """

    topic: str
    matches: tuple[TopicMatch, ...] = ()
    why_not: str | None = None
    kept_out: bool = False


class Findings(Struct, kw_only=True):
    """What was found of one topic in an entry: each term's first match that counts, and those that do not.

    `discounted` holds the words of a term that stand only where nothing counts, and why.
    """

    matches: dict[str, TopicMatch] = {}
    discounted: dict[str, str] = {}


def nothing_found(topic: Topic) -> Verdict:
    """Judge an entry in which no term of a topic stands."""
    return Verdict(topic=topic.id, why_not=_NOTHING)


def judge_entry(topic: Topic, findings: Findings) -> Verdict:
    """Judge one entry by one topic's rules."""
    found = findings.matches
    if found and not (topic.none or topic.all or topic.with_):
        return Verdict(topic=topic.id, matches=tuple(found.values()))
    for term in topic.none:
        if term in found:
            return Verdict(topic=topic.id, why_not=f"`none` keeps it out: {_where(found[term])}", kept_out=True)
    missing = [term for term in topic.all if term not in found]
    if missing:
        return Verdict(topic=topic.id, why_not=f"`all` is not met: {_listed(missing)} does not stand there")
    beside = [term for term, context in topic.with_ if term in found and not found.keys().isdisjoint(context)]
    chosen = {*topic.any, *beside}
    if any(term in chosen for term in found) or (topic.all and not (topic.any or topic.with_)):
        chosen.update(topic.all)
        return Verdict(topic=topic.id, matches=tuple(match for term, match in found.items() if term in chosen))
    return Verdict(topic=topic.id, why_not=_why_nothing_counts(topic, findings))


def judge_story(verdicts: Sequence[Verdict]) -> Verdict:
    """Judge a story by the verdicts of one topic on each of its entries, at least one.

    What keeps one entry out keeps out the story; else one entry that is in suffices.
    """
    for verdict in verdicts:
        if verdict.kept_out:
            return verdict
    members = [verdict for verdict in verdicts if verdict.why_not is None]
    if not members:
        return next((one for one in verdicts if one.why_not != _NOTHING), verdicts[0])
    first: dict[str, TopicMatch] = {}
    for member in members:
        for match in member.matches:
            first.setdefault(match.term, match)
    return Verdict(topic=members[0].topic, matches=tuple(first.values()))


def _why_nothing_counts(topic: Topic, findings: Findings) -> str:
    for term, context in topic.with_:
        if term in findings.matches:
            return f"{_where(findings.matches[term])}, but none of {_listed(context)} stands beside it"
    for term in (*topic.any, *(term for term, _ in topic.with_), *topic.all):
        if term in findings.discounted:
            return findings.discounted[term]
    if topic.all and (topic.any or topic.with_):
        return "`all` is met, but none of the terms of `any` and `with` stands there"
    return _NOTHING


def _where(match: TopicMatch) -> str:
    return f"`{match.term}` stands in the {match.field} („{match.words}“)"


def _listed(terms: Sequence[str]) -> str:
    return ", ".join(f"`{term}`" for term in terms)
