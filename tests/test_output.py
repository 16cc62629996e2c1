"""Is public/ whole at any moment, touched only where something differs, and never where it is not ours?"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from aggregator.errors import OutputError
from aggregator.output import MANIFEST, Part, PublicFolder, Written, owner

FILES = {"ozg.atom": b"<feed/>", "index.html": "Übersicht – „OZG“".encode(), "story/a.html": b"A", "static/s.css": b"s"}


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """Give the path of a folder that is not there yet."""
    return tmp_path / "public"


def snapshot(folder: Path) -> dict[str, tuple[bytes, int, int]]:
    """Give each file's bytes, time of change and inode."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
        for path in files
    }


def parts(files: Mapping[str, bytes]) -> list[Part]:
    """Make each file a part of its own, made of its bytes."""
    return [
        Part(names=(name,), made_of=sha256(content).hexdigest(), render=partial(dict, [(name, content)]))
        for name, content in files.items()
    ]


def contents(folder: Path) -> dict[str, bytes]:
    """Give the files of a folder, our manifest and the twins of files left out."""
    found = {name: content for name, (content, _, _) in snapshot(folder).items() if name != MANIFEST}
    return {
        name: content for name, content in found.items() if not (name[-3:] in {".gz", ".br"} and name[:-3] in found)
    }


def test_files_are_written_with_their_folders(public: Path) -> None:
    """A missing folder is made; the files are in it, readable for a web server, and listed as ours."""
    old = os.umask(0o022)
    try:
        written = PublicFolder(public, "db-1").write(parts(FILES))
    finally:
        os.umask(old)
    assert written == Written(written=tuple(sorted(FILES)), unchanged=0, removed=())
    assert contents(public) == FILES
    assert {path.stat().st_mode & 0o777 for path in public.rglob("*") if path.is_file()} == {0o644}
    assert {path.stat().st_mode & 0o777 for path in (public, public / "story")} == {0o755}
    manifest = json.loads((public / MANIFEST).read_bytes())
    assert manifest["database"] == "db-1"
    assert {name for name in manifest["files"] if name[-3:] not in {".gz", ".br"}} == set(FILES)


def test_the_umask_is_respected(public: Path) -> None:
    """Who keeps files from others keeps these from them, too."""
    old = os.umask(0o077)
    try:
        PublicFolder(public, "db-1").write(parts(FILES))
    finally:
        os.umask(old)
    assert (public / "ozg.atom").stat().st_mode & 0o777 == 0o600


def test_a_second_write_touches_nothing(public: Path) -> None:
    """Same bytes leave file, time and inode alone, those of the manifest included."""
    PublicFolder(public, "db-1").write(parts(FILES))
    before = snapshot(public)
    written = PublicFolder(public, "db-1").write(parts(FILES))
    assert written == Written(written=(), unchanged=len(FILES), removed=())
    assert snapshot(public) == before


def test_only_what_differs_is_replaced(public: Path) -> None:
    """A changed file is written, a missing or damaged one mended, the rest stays; what left is removed."""
    PublicFolder(public, "db-1").write(parts(FILES))
    before = snapshot(public)
    (public / "static/s.css").write_bytes(b"x")
    (public / "index.html").unlink()
    files = {name: content for name, content in FILES.items() if name != "story/a.html"} | {"ozg.atom": b"<feed>2"}
    written = PublicFolder(public, "db-1").write(parts(files))
    assert written == Written(
        written=("index.html", "ozg.atom", "static/s.css"), unchanged=0, removed=("story/a.html",)
    )
    assert contents(public) == files
    assert not (public / "story").exists()
    assert snapshot(public)["ozg.atom"][2] != before["ozg.atom"][2]


def test_what_is_not_ours_stays(public: Path) -> None:
    """Foreign files beside ours are never touched, nor is the folder they lie in."""
    PublicFolder(public, "db-1").write(parts(FILES))
    (public / "story/notiz.txt").write_text("meins")
    (public / ".well-known").mkdir()
    PublicFolder(public, "db-1").write(parts({"ozg.atom": b"<feed/>"}))
    assert contents(public) == {"ozg.atom": b"<feed/>", "story/notiz.txt": b"meins"}
    assert (public / ".well-known").is_dir()


def test_a_removed_file_that_is_no_longer_ours_stays(public: Path) -> None:
    """Where a link or folder took the place of a file of ours, it is forgotten, not removed."""
    PublicFolder(public, "db-1").write(parts({"a.html": b"a", "b.html": b"b", "c/d/e.html": b"e"}))
    (public / "a.html").unlink()
    (public / "a.html").symlink_to("/dev/null")
    (public / "b.html").unlink()
    (public / "b.html").mkdir()
    for name in ("e.html", "e.html.gz", "e.html.br"):
        (public / "c/d" / name).unlink()
    (public / "c/d").rmdir()
    (public / "c").rmdir()
    (public / "c").write_text("eine Datei")
    assert PublicFolder(public, "db-1").write(parts({})) == Written(written=(), unchanged=0, removed=())
    assert (public / "a.html").is_symlink()
    assert (public / "b.html").is_dir()
    assert json.loads((public / MANIFEST).read_bytes())["files"] == {}


def test_a_file_that_is_not_ours_is_not_overwritten(public: Path) -> None:
    """A name taken by someone else's file stops the write before anything is written; equal bytes are taken over."""
    PublicFolder(public, "db-1").write(parts({"a.html": b"a"}))
    (public / "b.html").write_bytes(b"meins")
    before = snapshot(public)
    with pytest.raises(OutputError, match=r"b\.html: is not ours"):
        PublicFolder(public, "db-1").write(parts({"a.html": b"neu", "b.html": b"b"}))
    assert snapshot(public) == before
    assert PublicFolder(public, "db-1").write(parts({"a.html": b"a", "b.html": b"meins"})).unchanged == 2


def test_what_is_older_than_the_list_is_not_rendered(public: Path) -> None:
    """What lies as it was left is not even made, and a twin that was deleted or changed brings its file back."""
    PublicFolder(public, "db-1").write(parts(FILES))
    _age(public)
    (public / "index.html.gz").unlink()
    (public / "ozg.atom.br").write_bytes(b"x")
    before, rendered = snapshot(public), []

    def render(name: str) -> dict[str, bytes]:
        rendered.append(name)
        return {name: FILES[name]}

    told = [Part(names=part.names, made_of=part.made_of, render=partial(render, *part.names)) for part in parts(FILES)]
    assert PublicFolder(public, "db-1").write(told) == Written(written=(), unchanged=len(FILES), removed=())
    assert sorted(rendered) == ["index.html", "ozg.atom"]
    after = snapshot(public)
    assert {name for name in after if after[name] != before.get(name)} - {MANIFEST} == {"index.html.gz", "ozg.atom.br"}


def test_a_changed_file_comes_back_however_old_it_says_it_is(public: Path) -> None:
    """Also one as long as before."""
    PublicFolder(public, "db-1").write(parts(FILES))
    path = public / "index.html"
    before = path.stat()
    path.write_bytes(bytes(reversed(FILES["index.html"])))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert PublicFolder(public, "db-1").write(parts(FILES)).written == ("index.html",)
    assert contents(public) == FILES


def test_equal_bytes_of_other_things_stay_as_they_lie(public: Path) -> None:
    """A file that is made of something else by now, and says the same, is not replaced."""
    PublicFolder(public, "db-1").write(parts(FILES))
    _age(public)
    before = snapshot(public)
    told = [Part(names=part.names, made_of="other", render=part.render) for part in parts(FILES)]
    assert PublicFolder(public, "db-1").write(told) == Written(written=(), unchanged=len(FILES), removed=())
    after = snapshot(public)
    assert {name for name in after if after[name] != before[name]} == {MANIFEST}


@pytest.mark.parametrize("name", ["index.html", "index.html.gz"])
def test_a_link_in_the_place_of_an_old_file_is_refused(public: Path, name: str) -> None:
    """However old it is, a link is no file of ours."""
    PublicFolder(public, "db-1").write(parts(FILES))
    (public / name).unlink()
    (public / name).symlink_to("/dev/null")
    _age(public)
    with pytest.raises(OutputError, match="must be a plain file of ours and is not"):
        PublicFolder(public, "db-1").write(parts(FILES))


def test_a_twin_that_is_not_ours_is_not_overwritten(public: Path) -> None:
    """Also where no file lies beside it."""
    PublicFolder(public, "db-1").write(parts({"ozg.atom": b"<feed/>"}))
    (public / "index.html.gz").write_bytes(b"meins")
    with pytest.raises(OutputError, match="is not ours and would be overwritten"):
        PublicFolder(public, "db-1").write(parts(FILES))
    assert (public / "index.html.gz").read_bytes() == b"meins"


def _age(public: Path) -> None:
    """Make all but the list of ours older than that."""
    os.utime(public / MANIFEST)


@pytest.mark.parametrize(
    "name",
    [
        *("../x", "/x", "a/../x", "", ".", ".htaccess", "a//b", "a/", "a\\b", "a\nb", "ä.html"),
        *(MANIFEST, "a" * 129, "a/b/c/d/e", "index.html/x"),
    ],
)
def test_names_that_could_leave_the_folder_are_refused(public: Path, name: str) -> None:
    """Only plain names below the folder are written, and nothing at all if one is not."""
    with pytest.raises(OutputError, match="nothing was written"):
        PublicFolder(public, "db-1").write(parts({"index.html": b"i", name: b"x"}))
    assert not public.exists()


def test_a_forged_list_of_ours_removes_nothing_outside(public: Path) -> None:
    """Names in the manifest are no more trusted than others."""
    PublicFolder(public, "db-1").write(parts(FILES))
    victim = public.parent / "victim"
    victim.write_text("x")
    (public / MANIFEST).write_text('{"database": "db-1", "files": {"../victim": "0"}}')
    with pytest.raises(OutputError, match="no safe file name"):
        PublicFolder(public, "db-1").write(parts({}))
    assert victim.exists()


@pytest.mark.parametrize("link", ["index.html", "story"])
def test_links_inside_are_not_followed(public: Path, link: str) -> None:
    """A link where a file or folder of ours should be is refused, and its target stays as it is."""
    PublicFolder(public, "db-1").write(parts({"ozg.atom": b"x"}))
    outside = public.parent / "outside"
    outside.mkdir()
    (public / link).symlink_to(outside)
    with pytest.raises(OutputError, match=f"{link}: must be a"):
        PublicFolder(public, "db-1").write(parts(FILES))
    assert list(outside.iterdir()) == []


def test_the_folder_itself_may_be_a_link(public: Path) -> None:
    """An operator may point public/ elsewhere; a link to nothing is refused."""
    elsewhere = public.parent / "www"
    public.symlink_to(elsewhere)
    with pytest.raises(OutputError, match="points to nothing"):
        PublicFolder(public, "db-1")
    elsewhere.mkdir()
    PublicFolder(public, "db-1").write(parts(FILES))
    assert contents(elsewhere) == FILES


def test_a_folder_that_is_not_ours_is_refused(public: Path) -> None:
    """A folder with foreign files, or a file in its place, is refused with what to do; an empty one is fine."""
    public.mkdir()
    PublicFolder(public, "db-1")
    (public / "tagebuch.txt").write_text("x")
    with pytest.raises(OutputError, match=r"not ours \('tagebuch.txt'\); empty it"):
        PublicFolder(public, "db-1")
    assert owner(public) is None
    with pytest.raises(OutputError, match="is no folder"):
        PublicFolder(public / "tagebuch.txt", "db-1")


def test_the_folder_of_another_database_is_refused_unless_adopted(public: Path) -> None:
    """The folder names its database; another one may take it over only where that is said."""
    assert owner(public) is None
    PublicFolder(public, "db-1").write(parts(FILES))
    assert owner(public) == "db-1"
    with pytest.raises(OutputError, match=r"belongs to another database \(db-1\)"):
        PublicFolder(public, "db-2")
    adopted = PublicFolder(public, "db-2", adopt=True)
    assert owner(public) == "db-1"
    assert adopted.write(parts(FILES)).written == ()
    assert owner(public) == "db-2"


@pytest.mark.parametrize(
    "manifest", ["", "{}", "[]", "null", '{"database": 1, "files": {}}', '{"database": "x", "files": []}', "[" * 9999]
)
def test_a_damaged_manifest_is_told(public: Path, manifest: str) -> None:
    """A list of ours that cannot be understood is an error that says so, not an empty folder."""
    public.mkdir()
    (public / MANIFEST).write_text(manifest)
    with pytest.raises(OutputError, match="is damaged; move"):
        owner(public)


def test_a_manifest_that_cannot_be_read_is_told(public: Path) -> None:
    """A list of ours that is a folder is an error of its place."""
    (public / MANIFEST).mkdir(parents=True)
    with pytest.raises(OutputError, match=r"\.aggregator\.json: cannot be read: Is a directory"):
        PublicFolder(public, "db-1")


def test_half_written_files_of_a_killed_run_are_removed(public: Path) -> None:
    """Leftovers go with the next write, also where nothing else changes, and do not make a folder foreign."""
    public.mkdir()
    (public / ".aggregator-.aggregator.json.tmp").write_bytes(b"{")
    PublicFolder(public, "db-1").write(parts(FILES))
    leftovers = [public / ".aggregator-x.tmp", public / "story/.aggregator-a.html.tmp"]
    for leftover in leftovers:
        leftover.write_bytes(b"half")
    PublicFolder(public, "db-1").write(parts(FILES))
    assert contents(public) == FILES


def test_a_place_that_refuses_is_told_with_advice(public: Path) -> None:
    """What the system refuses becomes an error with place, cause and what to do, and no half file stays."""
    PublicFolder(public, "db-1").write(parts({"a.html": b"a"}))
    (public / ".aggregator-b.html.tmp").mkdir()
    with pytest.raises(OutputError, match=r"b\.html\.tmp: cannot be written: File exists; mend that"):
        PublicFolder(public, "db-1").write(parts({"a.html": b"a", "b.html": b"b"}))
    assert owner(public) == "db-1"


def test_many_files_take_their_places_together(public: Path) -> None:
    """However many files there are, each lies whole in its place, and nothing is left beside them."""
    many = {f"story/{number}.html": b"<p>\xc3\x9cbersicht %d" % number for number in range(600)}
    written = PublicFolder(public, "db-1").write(parts(many))
    assert len(written.written) == len(many)
    assert contents(public) == many


def test_a_place_that_refuses_leaves_no_half_files_of_others(public: Path) -> None:
    """Where one of many files is refused, those that were written before it are whole or gone."""
    many = {f"story/{number}.html": b"<p>%d" % number for number in range(40)}
    refusing = public / "story/.aggregator-7.html.tmp"
    refusing.mkdir(parents=True)
    (public / MANIFEST).write_text('{"database": "db-1", "files": {}}')
    with pytest.raises(OutputError, match="cannot be written"):
        PublicFolder(public, "db-1").write(parts(many))
    left = {path.name for path in public.rglob("*.tmp")}
    assert left == {refusing.name}
    refusing.rmdir()
    PublicFolder(public, "db-1").write(parts(many))
    assert contents(public) == many


def test_a_full_disk_leaves_whole_files(public: Path) -> None:
    """Where no byte more fits, the old file stays whole, no half one is left, and the folder stays ours."""
    PublicFolder(public, "db-1").write(parts({"a.html": b"a"}))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(OutputError, match="cannot be written") as caught:
            PublicFolder(public, "db-1").write(parts({"a.html": b"a" * 10_000}))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.EFBIG
    assert contents(public) == {"a.html": b"a"}
    assert PublicFolder(public, "db-1").write(parts({"a.html": b"a" * 10_000})).written == ("a.html",)


_WRITE_FOR_EVER = """
import sys
from pathlib import Path
from aggregator.output import Part, PublicFolder
folder = PublicFolder(Path(sys.argv[1]), "db-1")
print("ready", flush=True)
for turn in range(10**9):
    letter = b"abc"[turn % 3 : turn % 3 + 1]
    files = {f"{name}.html": letter * 20_000 for name in range(turn % 2, 4)} | {"story/x.html": letter * 9}
    folder.write([Part(names=(n,), made_of=letter.hex(), render=lambda n=n: {n: files[n]}) for n in files])
"""


def test_a_kill_at_any_moment_leaves_whole_files_in_a_folder_of_ours(public: Path) -> None:
    """After kill -9 every file is whole, all of them are known as ours, and the next write brings all in order."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    for turn in range(8):
        command = [sys.executable, "-c", _WRITE_FOR_EVER, str(public)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(0.005 * turn)
            process.kill()
        files = {name: content for name, content in contents(public).items() if not name.endswith(".tmp")}
        whole = {letter * size for letter in (b"a", b"b", b"c") for size in (9, 20_000)} | set(FILES.values())
        assert set(files.values()) <= whole
        assert turn == 0 or owner(public) == "db-1"
        known = json.loads((public / MANIFEST).read_bytes())["files"] if owner(public) else {}
        assert set(files) <= set(known)
        PublicFolder(public, "db-1").write(parts(FILES))
        assert contents(public) == FILES
