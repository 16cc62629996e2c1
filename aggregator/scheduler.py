"""When does the daemon do what?

APScheduler carries one tick a minute: reload feeds.yaml where it changed, take what is due from the sources table
(there is no other timetable), publish. A tick runs in a thread of its own with its own store, so that the web server
answers at any time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock

import uvicorn
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from aggregator import config as feeds
from aggregator import web
from aggregator.errors import AggregatorError, ConfigError, ListenError, LockedError
from aggregator.fetch import event_loop
from aggregator.health import write_health
from aggregator.model import Config
from aggregator.pipeline.overruled import unmatched
from aggregator.pipeline.pulled import Pulled, Wish
from aggregator.pipeline.update import Outside, Updated, republish, update_site
from aggregator.pipeline.workplace import Places, Workplace, workplace
from aggregator.text import printable

TICK = 60
"""Seconds between two looks at the timetable."""

log = logging.getLogger(__name__)


class Daemon:
    """The updates of one site, one at a time."""

    def __init__(self, path: Path, config: Config) -> None:
        self._path = path
        self._config = config
        self._digest = _digest(path)
        self._lock = Lock()
        self._stopped = False
        self._is_offline = False
        self._is_new = True
        self._stop: Callable[[], object] | None = None

    def open(self, *, start_anew: bool) -> None:
        """Publish what is stored; StoreError or OutputError where the daemon could never work here."""
        try:
            with workplace(self._config, start_anew=start_anew) as place:
                republish(place, datetime.now(UTC))
        except LockedError as error:
            log.warning("%s", error)

    def tick(self) -> None:
        """Update what is due; what goes wrong is told, and the next tick tries again."""
        try:
            self._reload()
            with workplace(self._config) as place:
                updated = event_loop.run(self._update(place))
                write_health(place, datetime.now(UTC))
                self._warn_of_unmatched(place)
        except LockedError as error:
            log.info("%s", error)
        except AggregatorError as error:
            log.error("%s", error)
        else:
            self._tell(updated.pulled, files=len(updated.written.written))

    def stop(self) -> None:
        """End an update that is under way: what is in flight is let go and stays due."""
        with self._lock:
            self._stopped = True
            if self._stop:
                self._stop()

    async def _update(self, place: Workplace) -> Updated:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        with self._lock:
            self._stop = lambda: loop.call_soon_threadsafe(stopping.set)
            if self._stopped:
                stopping.set()
        try:
            outside = Outside(
                clock=lambda: datetime.now(UTC),
                jitter=random.random,
                progress=lambda _report, _due: None,
                stopping=stopping,
            )
            return await update_site(place, Wish(), outside)
        finally:
            with self._lock:
                self._stop = None

    def _tell(self, pulled: Pulled, *, files: int) -> None:
        if pulled.no_network != self._is_offline and pulled.due:
            self._is_offline = pulled.no_network
            log.warning("%s", "there is no network" if pulled.no_network else "the network is back")
        for report in () if pulled.no_network else pulled.failed:
            if report.failure:
                log.warning("%s: %s: %s", report.source.id, report.failure.reason, printable(report.failure.detail))
        if pulled.due:
            log.info("%d sources asked, %d new entries, %d files written", pulled.due, pulled.new, files)

    def _warn_of_unmatched(self, place: Workplace) -> None:
        """Tell once of each feeds.yaml what it says of stories that are not there."""
        if self._is_new:
            self._is_new = False
            for warning in unmatched(place.store, place.config):
                log.warning("%s", warning)

    def _reload(self) -> None:
        digest = _digest(self._path)
        if digest == self._digest:
            return
        self._digest = digest
        try:
            self._config = feeds.load(self._path, os.environ)
        except ConfigError as error:
            log.error("%s\nthe former feeds.yaml stays in force", error)
        else:
            self._is_new = True
            log.warning("%s has changed and is in force", self._path)
            for warning in self._config.warnings:
                log.warning("%s", warning)


def serve(path: Path, config: Config, *, host: str, port: int, start_anew: bool) -> int:
    """Serve public/ and update on schedule until a signal; gives the exit code of that signal.

    Raises ListenError where the address is taken, StoreError or OutputError where nothing could ever be published.
    """
    with _listening(host, port) as listener:
        daemon = Daemon(path, config)
        daemon.open(start_anew=start_anew)
        number = asyncio.run(_serve(daemon, listener, Places.of(Path(config.folder))))
    return 128 + number


async def _serve(daemon: Daemon, listener: socket.socket, places: Places) -> int:
    heard: list[int] = []
    app = web.create_app(places.public, places.health)
    server = _Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=5)
    )

    def stop(number: int) -> None:
        heard.append(number)
        server.should_exit = True
        daemon.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    scheduler = AsyncIOScheduler()
    scheduler.add_job(
        daemon.tick,
        "interval",
        seconds=TICK,
        next_run_time=datetime.now(UTC),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()
    address = listener.getsockname()
    shown = f"[{address[0]}]" if ":" in address[0] else address[0]
    log.warning("serving %s on http://%s:%s/ and updating; Ctrl-C ends it", places.public, shown, address[1])
    try:
        await server.serve(sockets=[listener])
    finally:
        daemon.stop()
        scheduler.shutdown(wait=False)
    return heard[0] if heard else int(signal.SIGTERM)


class _Server(uvicorn.Server):
    """The signals are the daemon's: it drains the update as well as the requests."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family)
    except OSError as error:
        raise ListenError(
            f"{host}:{port}: cannot listen ({error.strerror}); choose another --host or --port"
        ) from error
    with listener:
        yield listener


def _digest(path: Path) -> bytes | None:
    try:
        return sha256(path.read_bytes()).digest()
    except OSError:
        return None
