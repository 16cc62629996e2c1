"""Which commands are there, and how do they end?

Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 what was asked to fail on holds,
2 usage, 3 feeds.yaml, 4 locked, 5 database, 6 public/ cannot be written, 70 a fault of the program, 130 and 143 ended
by a signal after draining.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from aggregator import __version__
from aggregator.errors import AggregatorError, LockedError

if TYPE_CHECKING:
    from aggregator.model import Config

_FAULT = 70
_INTERRUPTED = 130

log = logging.getLogger("aggregator")


class Settings(Struct, frozen=True, kw_only=True):
    """The options that stand before a command; `verbosity` is -1 with -q, 1 with -v."""

    path: Path
    verbosity: int

    def read(self) -> Config:
        """Read feeds.yaml; ConfigError where it is wrong itself."""
        from aggregator.config import memory

        return memory.load(self.path, os.environ)

    def load(self) -> Config:
        """Read feeds.yaml and warn of what the world makes wrong; ConfigError where it is wrong itself."""
        loaded = self.read()
        for warning in loaded.warnings:
            log.warning("%s", warning)
        return loaded

    def say(self, line: str) -> None:
        """Print a line for people, unless -q was given."""
        if self.verbosity >= 0:
            click.echo(line)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    default=Path("feeds.yaml"),
    show_default=True,
    help="What to read, sort and publish.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say more.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing where all went well.")
@click.version_option(__version__, prog_name="aggregator")
@click.pass_context
def commands(context: click.Context, path: Path, *, verbose: bool, quiet: bool) -> None:
    """Pull feeds, find the stories, sort them into topics and publish merged feeds."""
    from aggregator import observe

    if verbose and quiet:
        raise click.UsageError("-v and -q contradict each other; leave one out")
    verbosity = int(verbose) - int(quiet)
    observe.set_up_logging(verbosity)
    context.obj = Settings(path=path, verbosity=verbosity)


def register() -> None:
    """Import the modules of all commands, which register themselves."""
    from aggregator.cli import command, editing, explaining, planning, trial  # noqa: F401


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code; a user never sees a traceback (with -v the log holds it)."""
    register()
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = commands.main(args=given, prog_name="aggregator", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except LockedError as error:
        return _ended(error, silent=log.level == logging.ERROR)
    except AggregatorError as error:
        return _ended(error)
    except Exception as error:
        log.info("what happened, for whoever mends it", exc_info=True)
        click.echo(f"aggregator: a fault of the program: {type(error).__name__}: {error}; -v shows where", err=True)
        return _FAULT
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _ended(error: AggregatorError, *, silent: bool = False) -> int:
    if not silent:
        click.echo(str(error), err=True)
    return error.exit_code
