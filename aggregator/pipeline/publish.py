"""How do the stored stories become files?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aggregator.model import Config, PublishedStory

if TYPE_CHECKING:
    from aggregator.output import PublicFolder, Written
    from aggregator.store import Store


def publish(store: Store, config: Config, folder: PublicFolder) -> Written:
    """Render every output of feeds.yaml and write what differs; OutputError where the folder cannot be written."""
    from aggregator.publish import render_all
    from aggregator.publish.compose import Composer

    composer = Composer(config=config, sources=store.published_sources())
    windows = {
        output.slug: store.window(output.topics if output.slug != "all" else None, output.limit)
        for output in config.outputs
    }
    wanted = list(dict.fromkeys(story for window in windows.values() for story in window))
    stories: dict[str, PublishedStory] = {story.id: composer.story(story) for story in store.stories(wanted)}
    shown = {slug: [stories[story] for story in window] for slug, window in windows.items()}
    updated = store.output_updated({slug: composer.updated(some) for slug, some in shown.items()})
    feeds = [composer.feed(output, shown[output.slug], updated[output.slug]) for output in config.outputs]
    return folder.write(render_all(feeds, config.site, config.sources))
