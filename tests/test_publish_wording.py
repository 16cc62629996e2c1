"""Does the site speak its own language?"""

from __future__ import annotations

from aggregator.publish.wording import ui_language, wording


def test_german_and_english_are_spoken_and_others_get_english() -> None:
    """The primary language of the tag decides; what we do not speak is English."""
    assert [ui_language(tag) for tag in ("de", "DE-at", "en-GB", "fr", "")] == ["de", "de", "en", "en", "en"]
    assert wording("de")["also_at"] == "Auch bei:"
    assert wording("fr")["also_at"] == "Also at:"


def test_both_languages_say_the_same_things() -> None:
    """No word is missing in either language, and their placeholders agree."""
    german, english = wording("de"), wording("en")
    assert list(german) == list(english)
    assert all(german[name].count("{") == english[name].count("{") for name in german)
