"""A feed aggregator and publisher: pulls sources, finds stories, sorts them into topics, republishes."""

__version__ = "0.1.0"
