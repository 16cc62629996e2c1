"""How is the program started?"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line."""
    from aggregator.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
