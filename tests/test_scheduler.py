"""Promises of scheduler.py: the daemon serves, keeps updating, and nothing that goes wrong in between ends it."""

from __future__ import annotations

import logging
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from msgspec.structs import replace

from aggregator import config
from aggregator.errors import StoreError
from aggregator.lock import locked
from aggregator.scheduler import Daemon
from tests.conftest import CommandLine, SiteFolder
from tests.runs import TOPICS, Item, document, feed, titles
from tests.servers import PATIENCE, LoopbackServer

MakeFolder = Callable[..., SiteFolder]
GOOD = Item(title="OZG-Portal gestartet")


def _daemon(folder: SiteFolder) -> Daemon:
    return Daemon(folder.config, config.load(folder.config, {}))


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        if found := re.search(r"serving .* on (http://\S+)", line):
            return found[1]
    raise AssertionError("it ended without serving")


def _until(client: httpx.Client, path: str, text: str) -> httpx.Response:
    """Ask again and again until the answer holds a text."""
    deadline = time.monotonic() + PATIENCE
    while text not in (answer := client.get(path)).text:
        assert time.monotonic() < deadline, answer
        time.sleep(0.05)
    return answer


def test_serving(server: LoopbackServer, site_folder: MakeFolder, run_cli: CommandLine) -> None:
    """`serve` says where, publishes what it fetches, answers 304 to who has it, and ends by a signal."""
    site_folder(sources={"amt": server.url("/amt")}, topics=TOPICS)
    server.answers["/amt"] = feed(GOOD)
    process = run_cli.start("serve", "--port", "0")
    address = _address(process)
    with httpx.Client(base_url=address, trust_env=False) as client:
        story = _until(client, "/ozg.atom", "OZG-Portal gestartet")
        assert story.headers["content-type"].startswith("application/atom+xml")
        known = {"If-None-Match": story.headers["etag"]}
        assert client.get("/ozg.atom", headers=known).status_code == 304
        assert client.get("/").status_code == 200
        assert client.get("/.aggregator.json").status_code == 404
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 143


def test_ending_in_the_middle_of_an_update(site_folder: MakeFolder, run_cli: CommandLine) -> None:
    """Ctrl-C lets go of an answer that does not come, publishes the others, and ends with 130."""
    with LoopbackServer(addresses=("127.0.0.1", "127.0.0.2")) as server:
        folder = site_folder(sources={"amt": server.url("/amt"), "b": server.url("/b", address="127.0.0.2")})
        server.answers |= {"/amt": feed(GOOD), "/b": replace(feed(GOOD), hold=threading.Event())}
        process = run_cli.start("serve", "--port", "0")
        _address(process)
        server.wait_for(2)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == 130
    assert titles(folder) in ([], ["OZG-Portal gestartet"])


def test_a_taken_port_is_said(site_folder: MakeFolder, run_cli: CommandLine) -> None:
    """Where something else listens, or the address is none of ours, that is said with exit 2, and nothing is made."""
    folder = site_folder(sources={"amt": "https://amt.example/"})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run_cli("serve", "--port", str(port))
    assert done.code == 2
    assert f"127.0.0.1:{port}: cannot listen (" in done.stderr
    assert "choose another --host or --port" in done.stderr
    assert run_cli("serve", "--host", "gibt-es-nicht.invalid").code == 2
    assert not folder.data.exists()


def test_serving_on_ipv6(site_folder: MakeFolder, run_cli: CommandLine) -> None:
    """An IPv6 address is served and shown as a browser takes it."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    folder = site_folder(sources={})
    folder.write(sources={"seite": document(folder)})
    process = run_cli.start("serve", "--host", "::1", "--port", "0")
    address = _address(process)
    assert address.startswith("http://[::1]:")
    assert httpx.get(address, trust_env=False).status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 143


def test_a_tick_updates_what_is_due(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """The first tick asks what is due, the next leaves it alone until it is due again."""
    folder = site_folder(sources={"amt": server.url("/amt")})
    server.answers["/amt"] = feed(GOOD)
    daemon = _daemon(folder)
    daemon.open(start_anew=False)
    assert titles(folder) == []
    daemon.tick()
    daemon.tick()
    assert titles(folder) == ["OZG-Portal gestartet"]
    assert len(server.requests) == 1


def test_a_changed_feeds_yaml_is_taken_over(
    server: LoopbackServer, site_folder: MakeFolder, caplog: pytest.LogCaptureFixture
) -> None:
    """A changed feeds.yaml counts from the next tick, with its warnings; a wrong or missing one changes nothing."""
    folder = site_folder(sources={"amt": server.url("/amt")})
    server.answers |= {"/amt": feed(GOOD), "/blatt": feed(Item(title="Smart City Köln wächst"))}
    daemon = _daemon(folder)
    daemon.tick()
    folder.config.write_text("sources: {amt: 7", encoding="utf-8")
    daemon.tick()
    assert "the former feeds.yaml stays in force" in caplog.text
    assert titles(folder) == ["OZG-Portal gestartet"]
    folder.config.unlink()
    daemon.tick()
    assert caplog.text.count("stays in force") == 2
    daemon.tick()
    assert caplog.text.count("stays in force") == 2
    folder.write(sources={"blatt": server.url("/blatt"), "intern": "https://x.example/${FEED_KEY_OF_NOBODY}"})
    daemon.tick()
    assert "has changed and is in force" in caplog.text
    assert "${FEED_KEY_OF_NOBODY}" in caplog.text
    assert "Smart City Köln wächst" in titles(folder)


def test_a_tick_beside_another_run(site_folder: MakeFolder, caplog: pytest.LogCaptureFixture) -> None:
    """While another run holds the lock a tick and the start go by; the next tick does the work."""
    folder = site_folder(sources={})
    folder.write(sources={"seite": document(folder)})
    daemon = _daemon(folder)
    with caplog.at_level(logging.INFO, "aggregator"), locked(folder.data / "aggregator.lock", timedelta(0)):
        daemon.open(start_anew=False)
        daemon.tick()
    assert caplog.text.count("another run is at work") == 2
    assert not folder.public.exists()
    daemon.tick()
    assert len(titles(folder)) == 16


def test_a_daemon_that_could_never_work_does_not_start(site_folder: MakeFolder) -> None:
    """A damaged database stops the start; one that breaks later is told at each tick, and mended it goes on."""
    folder = site_folder(sources={})
    folder.write(sources={"seite": document(folder)})
    folder.data.mkdir()
    folder.database.write_bytes(b"kein SQLite " * 999)
    with pytest.raises(StoreError):
        _daemon(folder).open(start_anew=False)


def test_what_breaks_later_is_told_and_tried_again(site_folder: MakeFolder, caplog: pytest.LogCaptureFixture) -> None:
    """An error of a tick is told and ends nothing: when it is mended the next tick works."""
    folder = site_folder(sources={})
    folder.write(sources={"seite": document(folder)})
    daemon = _daemon(folder)
    folder.public.write_text("im Weg", encoding="utf-8")
    daemon.tick()
    assert "is no folder" in caplog.text
    folder.public.unlink()
    daemon.tick()
    assert len(titles(folder)) == 16


def test_failures_are_logged_safely(
    server: LoopbackServer, site_folder: MakeFolder, caplog: pytest.LogCaptureFixture
) -> None:
    """A failed source is named in the log, without a stranger's control characters."""
    page = b"<!DOCTYPE html><html><head><title>Weg\x1b[2J</title></head></html>"
    folder = site_folder(sources={"weg": server.url("/weg")})
    server.answers["/weg"] = replace(feed(GOOD), body=page)
    with caplog.at_level(logging.INFO, "aggregator"):
        _daemon(folder).tick()
    assert "weg: html: " in caplog.text
    assert "1 sources asked, 0 new entries" in caplog.text
    assert "\x1b" not in caplog.text


def test_a_stopped_daemon_lets_go(server: LoopbackServer, site_folder: MakeFolder) -> None:
    """Stopping ends a tick that waits for an answer; a tick after that asks nobody."""
    folder = site_folder(sources={"amt": server.url("/amt")})
    server.answers["/amt"] = replace(feed(GOOD), hold=threading.Event())
    daemon = _daemon(folder)
    tick = threading.Thread(target=daemon.tick)
    tick.start()
    server.wait_for(1)
    daemon.stop()
    tick.join(20)
    assert not tick.is_alive()
    server.answers["/amt"] = feed(GOOD)
    daemon.tick()
    assert titles(folder) == []
    _daemon(folder).tick()
    assert titles(folder) == ["OZG-Portal gestartet"]


def test_what_is_overruled_and_not_there_is_told_once(
    server: LoopbackServer, site_folder: MakeFolder, caplog: pytest.LogCaptureFixture
) -> None:
    """The daemon warns of a withdrawn story that it does not know, once for each feeds.yaml."""
    folder = site_folder(sources={"amt": server.url("/amt")})
    server.answers["/amt"] = feed(GOOD)
    with folder.config.open("a", encoding="utf-8") as file:
        file.write('hide: ["Gibt es hier nicht"]\n')
    daemon = _daemon(folder)
    logging.getLogger("aggregator").propagate = True
    daemon.tick()
    daemon.tick()
    told = [record.message for record in caplog.records if "Gibt es hier nicht" in record.message]
    assert len(told) == 1
    assert "feeds.yaml:" in told[0]
