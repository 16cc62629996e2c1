"""In which order do things happen?

workplace()   the lock, the database, the public folder
update()      pull() claim | fetch | parse | record      one transaction a source
              conclude() file | settle                   one transaction a run
              publish() select | compose | render | write
"""

from aggregator.pipeline.conclude import Concluded
from aggregator.pipeline.local import LocalReading, read_local
from aggregator.pipeline.moves import Move, learned_moves, write_moves
from aggregator.pipeline.probe import Probe, Prober, feeds_of, probing
from aggregator.pipeline.publish import publish
from aggregator.pipeline.pulled import Pulled, Report, Wish
from aggregator.pipeline.update import Outside, Updated, republish, update_site
from aggregator.pipeline.workplace import Places, Workplace, remembered, workplace

__all__ = [
    "Concluded",
    "LocalReading",
    "Move",
    "Outside",
    "Places",
    "Probe",
    "Prober",
    "Pulled",
    "Report",
    "Updated",
    "Wish",
    "Workplace",
    "feeds_of",
    "learned_moves",
    "probing",
    "publish",
    "read_local",
    "remembered",
    "republish",
    "update_site",
    "workplace",
    "write_moves",
]
