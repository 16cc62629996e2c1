"""In which order do things happen?

workplace()   the lock, the database, the public folder
update()      pull() claim | fetch | parse | record      one transaction a source
              conclude() file | settle                   one transaction a run
              publish() select | compose | render | write
"""

from aggregator.pipeline.conclude import Concluded
from aggregator.pipeline.local import LocalReading, read_local
from aggregator.pipeline.publish import publish
from aggregator.pipeline.pull import Pulled, Report, Wish
from aggregator.pipeline.update import Outside, Updated, republish, update_site
from aggregator.pipeline.workplace import Places, Workplace, workplace

__all__ = [
    "Concluded",
    "LocalReading",
    "Outside",
    "Places",
    "Pulled",
    "Report",
    "Updated",
    "Wish",
    "Workplace",
    "publish",
    "read_local",
    "republish",
    "update_site",
    "workplace",
]
