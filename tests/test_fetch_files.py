"""Are local files read, and nothing else?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aggregator.errors import SourceError
from aggregator.fetch import files


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    """A file is read whole, and refused where it is larger than the limit."""
    path = tmp_path / "größe.xml"
    path.write_bytes(b"x" * 100)
    assert files.read(str(path), 100) == b"x" * 100
    with pytest.raises(SourceError, match="too-large"):
        files.read(str(path), 99)


@pytest.mark.parametrize("name", ["fehlt.xml", "a/b", "x" * 300, "nul\0l", "datei/darunter"])
def test_a_missing_file_is_missing(tmp_path: Path, name: str) -> None:
    """A name that leads to no file is `file-missing`."""
    (tmp_path / "datei").touch()
    with pytest.raises(SourceError, match="file-missing"):
        files.read(str(tmp_path / name), 100)


def test_pipes_folders_and_devices_are_refused(tmp_path: Path) -> None:
    """What is no regular file is neither read nor waited for."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(SourceError, match="file-missing"):
            files.read(str(path), 100)
