"""How is the program started?"""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line."""
    tune()
    from aggregator.cli import run

    sys.exit(run())


def tune() -> None:
    """Look for cycles of garbage less often: nearly nothing of what a run makes by the ten thousand is in one."""
    gc.set_threshold(20_000, 20, 20)


if __name__ == "__main__":
    main()
