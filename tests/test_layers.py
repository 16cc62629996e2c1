"""Does the source keep to its layers?

Reads the source as syntax trees: who imports whom, what the pure core may touch, which library stands behind
which module, and the form of each module. A module that the tables below lack fails: name its layer first.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.purity import PURE, ImpureError, pure_core

PACKAGE = Path(__file__).parents[1] / "aggregator"

LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"errors", "model", "text"}),  # L0
    frozenset({"links", "secrecy"}),  # L1, in the order in which its modules may lean on each other
    frozenset({"sources"}),
    frozenset({"polling", "stories", "topics", "plan", "publish"}),
    frozenset({"config", "fetch", "workers", "hub", "store", "output", "lock"}),  # L2
    frozenset({"pipeline", "observe"}),  # L3
    frozenset({"health"}),
    frozenset({"web"}),  # L4, the daemon runs the web application too
    frozenset({"scheduler"}),
    frozenset({"cli"}),  # L5
    frozenset({"__main__"}),
)
"""The modules and packages below `aggregator`, lowest first; `aggregator` itself lies below all."""

VOCABULARY = LAYERS[0]

IMPORTERS: dict[str, frozenset[str]] = {
    "ada_url": frozenset({"links"}),
    "apscheduler": frozenset({"scheduler"}),
    "babel": frozenset({"publish.sayings"}),
    "brotli": frozenset({"fetch", "output.twins"}),
    "click": frozenset({"cli", "__main__"}),
    "dateparser": frozenset({"sources.dates"}),
    "feedgen": frozenset({"publish.syndication"}),
    "feedparser": frozenset({"sources.feed"}),
    "filelock": frozenset({"lock"}),
    "h11": frozenset({"fetch"}),
    "httpx": frozenset({"fetch", "hub"}),
    "jinja2": frozenset({"publish.pages"}),
    "lxml": frozenset({"publish", "sources"}),
    "markupsafe": frozenset({"publish.articles", "publish.pages"}),
    "msgspec": frozenset({"cli", "config.memory", "output.manifest", "store.rows"}),
    "nh3": frozenset({"sources.markup"}),
    "orjson": frozenset({"cli", "output", "publish", "sources", "store"}),
    "protego": frozenset({"fetch.robots"}),
    "pydantic": frozenset({"config", "store.rows"}),
    "pydantic_core": frozenset({"config"}),
    "re2": frozenset({"topics.terms"}),
    "rapidfuzz": frozenset({"stories"}),
    "rich": frozenset({"cli", "observe"}),
    "ruamel": frozenset({"config"}),
    "selectolax": frozenset({"sources", "publish.pages"}),
    "snowballstemmer": frozenset({"topics.terms"}),
    "sqlite3": frozenset({"store"}),
    "sqlite_utils": frozenset({"store"}),
    "starlette": frozenset({"web"}),
    "uvicorn": frozenset({"scheduler"}),
    "uvloop": frozenset({"fetch.event_loop"}),
    "zstandard": frozenset({"fetch"}),
}
"""Each library, and the only modules that may import it: behind one adapter it can be replaced."""

FORM_OF_VALUES = ("msgspec.Struct", "msgspec.field", "msgspec.structs")
"""What all classes of values are made with, in place of dataclasses: see docs/decisions/structs.md."""

IMPURE_MODULES = frozenset(
    {
        "asyncio", "concurrent", "ftplib", "getpass", "glob", "http", "locale", "logging", "multiprocessing",
        "os", "pathlib", "random", "secrets", "select", "selectors", "shutil", "signal", "smtplib", "socket",
        "ssl", "subprocess", "tempfile", "threading", "time", "urllib.request", "warnings", "webbrowser",
    }
)  # fmt: skip
IMPURE_CALLS = frozenset({"open", "print", "input", "exec", "eval", "uuid1", "uuid4", "formatdate", "localtime"})
CLOCK_READERS = frozenset({"now", "utcnow", "today"})

BROAD_EXCEPTS = {"sources": "sources/__init__.py", "cli": "cli/__init__.py"}
"""The two broad excepts of the program: around a foreign parser, and at the edge of the commands."""

Place = tuple[Path, ast.Module]


def _modules() -> list[Place]:
    return [(path, ast.parse(path.read_bytes(), str(path))) for path in sorted(PACKAGE.rglob("*.py"))]


MODULES = _modules()
each_module = pytest.mark.parametrize(
    ("path", "tree"), MODULES, ids=[path.relative_to(PACKAGE).as_posix() for path, _ in MODULES]
)


def _dotted(path: Path) -> str:
    """`sources/feed.py` is `sources.feed`, `sources/__init__.py` is `sources`, `__init__.py` is empty."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _unit(dotted: str) -> str:
    return dotted.partition(".")[0]


def _rank(unit: str) -> int:
    return next(rank for rank, units in enumerate(LAYERS) if unit in units)


def _lies_in(dotted: str, modules: frozenset[str]) -> bool:
    return any(dotted == module or dotted.startswith(f"{module}.") for module in modules)


def _imports(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Each import anywhere in a module, with its line: `aggregator.model.Entry`, `feedparser`, `os.path`."""
    package = ["aggregator", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *filter(None, [node.module])])
            yield from ((node.lineno, f"{origin}.{alias.name}") for alias in node.names)


def _own_imports(path: Path, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The modules and packages below `aggregator` that a module imports from."""
    for line, name in _imports(path, tree):
        top, _, rest = name.partition(".")
        if top == "aggregator" and (unit := _unit(rest)) not in {"", "__version__"}:
            yield line, unit


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


@each_module
def test_every_module_has_a_layer(path: Path, tree: ast.Module) -> None:
    """Every module and package of the program is named in the table of layers."""
    assert _unit(_dotted(path)) in frozenset({""}).union(*LAYERS), f"{path}: name it in LAYERS"


@each_module
def test_imports_go_down(path: Path, tree: ast.Module) -> None:
    """A module imports only from lower layers, or from its own package."""
    unit = _unit(_dotted(path))
    rank = _rank(unit) if unit else -1
    wrong = [
        f"{path}:{line}: {unit or 'aggregator'} imports {imported}, which is not below it"
        for line, imported in _own_imports(path, tree)
        if imported != unit and _rank(imported) >= rank
    ]
    assert not wrong


@each_module
def test_libraries_have_one_importer(path: Path, tree: ast.Module) -> None:
    """Each library stands behind the module that the table names, and the vocabulary needs none."""
    dotted = _dotted(path)
    wrong = [
        f"{path}:{line}: {name}: only {sorted(IMPORTERS.get(library, ()))} may import it (IMPORTERS)"
        for line, name in _imports(path, tree)
        if (library := name.partition(".")[0]) in IMPORTERS or library not in sys.stdlib_module_names | {"aggregator"}
        if not _lies_in(dotted, IMPORTERS.get(library, frozenset())) and not name.startswith(FORM_OF_VALUES)
    ]
    assert not wrong
    if _unit(dotted) in VOCABULARY:
        names = {name for _, name in _imports(path, tree) if not name.startswith(FORM_OF_VALUES)}
        libraries = {name.partition(".")[0] for name in names} - {"aggregator"}
        assert libraries <= sys.stdlib_module_names


@each_module
def test_the_core_is_pure(path: Path, tree: ast.Module) -> None:
    """The vocabulary and the core know no clock, dice, files, sockets or log."""
    if not _lies_in(_dotted(path), VOCABULARY.union(PURE)):
        return
    wrong = [
        f"{path}:{line}: {name}: the core takes it as an argument"
        for line, name in _imports(path, tree)
        if _lies_in(name, IMPURE_MODULES)
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in IMPURE_CALLS:
            wrong.append(f"{path}:{node.lineno}: {_name(node.func)}(): the core takes it as an argument")
        if isinstance(node, ast.Attribute) and node.attr in CLOCK_READERS and _name(node.value) in {"datetime", "date"}:
            wrong.append(f"{path}:{node.lineno}: {_name(node.value)}.{node.attr}: `now` is an argument of the core")
    assert not wrong


@each_module
def test_a_module_answers_a_question(path: Path, tree: ast.Module) -> None:
    """The first line of every module's docstring is the question that it answers."""
    docstring = ast.get_docstring(tree) or ""
    assert docstring, f"{path}: no docstring"
    if _dotted(path):
        assert docstring.splitlines()[0].endswith("?"), f"{path}: {docstring.splitlines()[0]!r} is no question"


@each_module
def test_modules_are_short(path: Path, tree: ast.Module) -> None:
    """A module that outgrows about 300 lines becomes a package of the same name."""
    assert len(path.read_text(encoding="utf-8").splitlines()) < 330


@each_module
def test_modules_are_named_for_what_they_are(path: Path, tree: ast.Module) -> None:
    """No module is named for being of help to others."""
    vague = {
        "base",
        "common",
        "core",
        "handler",
        "handlers",
        "helper",
        "helpers",
        "manager",
        "misc",
        "services",
        "util",
    }
    assert not vague.union({"utils"}) & set(_dotted(path).split("."))


def test_there_are_two_broad_excepts() -> None:
    """Errors are caught by name, but for a foreign parser's and those at the edge of the commands."""
    found = [
        path.relative_to(PACKAGE).as_posix() for path, tree in MODULES for node in ast.walk(tree) if _is_broad(node)
    ]
    units = {_unit(_dotted(path)) for path, _ in MODULES}
    assert sorted(found) == sorted(place for unit, place in BROAD_EXCEPTS.items() if unit in units)


def test_purity_finds_a_file_opened_behind_a_library(tmp_path: Path) -> None:
    """Beneath a module of the core no file of a user can be opened, not even by a library that it calls."""
    secret = tmp_path / "geheim.txt"
    secret.write_text("„vertraulich“", encoding="utf-8")
    core = _module_of_the_core("import linecache\ndef ask(path): return linecache.updatecache(path)")
    with pure_core(), pytest.raises(ImpureError, match=r"aggregator\.links: open"):
        core(str(secret))
    assert core(str(secret)) == ["„vertraulich“\n"]


def test_purity_finds_clock_dice_and_sockets() -> None:
    """Beneath a module of the core the clock, dice and sockets raise; the tests themselves may use them."""
    calls = ("time.time()", "time.monotonic()", "random.random()", "os.urandom(1)", "socket.socket()")
    for call in calls:
        core = _module_of_the_core(f"import os, random, socket, time\ndef ask(_): return {call}")
        with pure_core(), pytest.raises(ImpureError, match="pure core"):
            core(None)


def test_purity_moves_the_clock_that_cannot_be_made_to_raise() -> None:
    """A core that asked datetime.now() would answer from the year 2099."""
    core = _module_of_the_core("from datetime import UTC, datetime\ndef ask(_): return datetime.now(UTC).year")
    with pure_core():
        assert core(None) == 2099


def test_purity_lets_the_core_import_and_read_its_own(tmp_path: Path) -> None:
    """Late imports and the program's own files stay readable, and so is everything outside of the core."""
    core = _module_of_the_core(
        "from importlib.resources import files\ndef ask(_): return files('aggregator').joinpath('text.py').read_bytes()"
    )
    with pure_core():
        assert core(None) == (PACKAGE / "text.py").read_bytes()
        (tmp_path / "frei.txt").write_text("außerhalb des Kerns", encoding="utf-8")


def _module_of_the_core(source: str):  # type: ignore[no-untyped-def]
    """Make a function `ask` that lives, as far as its frame tells, in the core's module `links`."""
    namespace: dict[str, object] = {"__name__": "aggregator.links"}
    exec(source, namespace)
    return namespace["ask"]


def _is_broad(node: ast.AST) -> bool:
    """`except:`, `except Exception`, a tuple with it, and `suppress(Exception)`; not what raises it again."""
    broad = {"Exception", "BaseException"}
    if isinstance(node, ast.ExceptHandler):
        last = node.body[-1]
        if isinstance(last, ast.Raise) and last.exc is None:
            return False
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        return any(kind is None or _name(kind) in broad for kind in caught)
    return isinstance(node, ast.Call) and _name(node.func) == "suppress" and any(_name(a) in broad for a in node.args)
