"""How does a feed reader get the published files straight from us?

The same bytes as any web server would send from public/, with what readers need to ask again cheaply: a strong ETag of
the content, Last-Modified, and 304 (RFC 9110 section 13). The files are the truth: nothing is cached here, nothing is
made here, and a publish in between is seen by the next request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from aggregator.publish import FORMATS

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

_MEDIA_TYPES = {f".{name.value}": renderer.media_type for name, renderer in FORMATS.items()} | {
    ".css": "text/css",
    ".js": "text/javascript",
    ".opml": "text/x-opml",
}
# JSON is UTF-8 by definition (RFC 8259 section 8.1) and takes no charset.
_WITHOUT_CHARSET = {"application/feed+json", "application/octet-stream"}
_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_FRONT = "index.html"
"""The one page with a script, ours."""
# All that publishing ever names: no leading dot, so neither `..` nor what is private (.aggregator.json).
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,3}")
_WEIGHT = re.compile(r"q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")
_TWINS = (("br", ".br"), ("gzip", ".gz"))
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')


# A host, as a target in absolute form names it (RFC 9112 section 3.2.2).
_ABSOLUTE = re.compile(r"https?://([^/?#]+)", re.IGNORECASE)


class _File(NamedTuple):
    content: bytes
    modified: datetime
    coding: str | None = None

    @property
    def etag(self) -> str:
        return f'"{sha256(self.content).hexdigest()[:32]}"'


def create_app(public: Path, health: Path) -> Starlette:
    """Make the ASGI application that serves the folder `public`, for GET and HEAD only.

    The folder need not exist yet. Links in it are not followed, names that begin with a dot are not served; every
    answer, errors too, carries the headers that keep a browser from running or embedding anything. The file `health`,
    the operator's feed, is /health.atom to who asks from this machine for this machine.
    """
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.middleware import Middleware
    from starlette.routing import Route

    def published(request: Request) -> Response:
        # A plain function: Starlette runs it in a thread, so that a slow disk holds up nobody else.
        name = request.path_params["name"] or _FRONT
        files = _read_coded(public, name, request.headers.get("accept-encoding", ""))
        if not files:
            raise HTTPException(404)
        return _answer(request, name, next((file for file in files if _is_known(request.headers, file)), files[0]))

    def healthy(request: Request) -> Response:
        file = _read(health.parent, health.name) if _is_local(request) else None
        if file is None:
            raise HTTPException(404)
        return _answer(request, health.name, file)

    def refused(request: Request, error: Exception) -> Response:
        reason = cast("HTTPException", error)
        text = f"{reason.status_code} {reason.detail}\n".encode()
        return _response(request, reason.status_code, text, "text/plain", reason.headers or {})

    return Starlette(
        routes=[
            Route("/health.atom", healthy, methods=["GET"]),
            Route("/{name:path}", published, methods=["GET"]),
        ],
        exception_handlers={HTTPException: refused},
        middleware=[Middleware(_InOriginForm)],
    )


class _InOriginForm:
    """Passes a request for a whole address on as one for a path of its host, whatever `Host` says (RFC 9112 3.2.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (found := _ABSOLUTE.match(scope["path"])):
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            own = (b"host", found[1].encode("utf-8", "surrogateescape"))
            scope = {**scope, "path": scope["path"][found.end() :] or "/", "headers": [own, *others]}
        await self._app(scope, receive, send)


def _read_coded(public: Path, name: str, accepted: str) -> list[_File]:
    """Read a file and its twins that the reader takes (RFC 9110 section 12.5.3), the smallest first.

    Whichever of them the reader holds already will do: a twin may have come after its last question.
    """
    file = _read(public, name)
    if file is None:
        return []
    twins = [(_read(public, name + suffix), coding) for coding, suffix in _codings(accepted)]
    # A twin is written after its file: one that is older belongs to what the file held before.
    fresh = [twin._replace(coding=coding) for twin, coding in twins if twin and twin.modified >= file.modified]
    return [*fresh, file]


def _codings(accepted: str) -> list[tuple[str, str]]:
    """Give the codings that a reader takes, with the suffixes of their twins, the smaller twin first."""
    weights: dict[str, float] = {}
    for part in accepted.lower().split(",")[:20]:
        coding, _, parameter = part.partition(";")
        weight = _WEIGHT.fullmatch(parameter.strip())
        weights[coding.strip()] = float(weight[1]) if weight else float(not parameter.strip())
    return [pair for pair in _TWINS if weights.get(pair[0], weights.get("*", 0.0)) > 0]


def _is_local(request: Request) -> bool:
    """Say whether this machine asks for itself: a proxy on it, or a page in its browser, asks for somebody else."""
    client = request.client.host if request.client else ""
    forwarded = any(
        name.startswith("x-forwarded") or name in {"forwarded", "via", "x-real-ip"} for name in request.headers
    )
    return client in _LOOPBACK and request.url.hostname in {*_LOOPBACK, "localhost"} and not forwarded


def _read(public: Path, name: str) -> _File | None:
    """Read a published file; None where there is none, or where a link leads elsewhere."""
    if not _NAME.fullmatch(name):
        return None
    path = public / name
    inside = (path, *path.parents)[: name.count("/") + 1]
    try:
        # is_file before opening: to open a pipe would wait for ever.
        if any(part.is_symlink() for part in inside) or not path.is_file():
            return None
        # The time first: were the file replaced in between, a new time on old bytes would hide the new ones.
        modified = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
        return _File(path.read_bytes(), modified)
    except OSError:
        return None  # It was removed this moment, or may not be read: for whoever asks it is not there.


def _answer(request: Request, name: str, file: _File) -> Response:
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if name.startswith("static/") else "public, max-age=300",
        "ETag": file.etag,
        "Last-Modified": format_datetime(file.modified, usegmt=True),
        "Vary": "Accept-Encoding",
    }
    if name == _FRONT:
        headers["Content-Security-Policy"] = f"{_SECURITY['Content-Security-Policy']}; script-src 'self'"
    if file.coding:
        headers["Content-Encoding"] = file.coding
    media_type = _MEDIA_TYPES.get(Path(name).suffix, "application/octet-stream")
    if _is_known(request.headers, file):
        return _response(request, 304, b"", None, headers)
    return _response(request, 200, file.content, media_type, headers)


def _is_known(asked: Mapping[str, str], file: _File) -> bool:
    """Does the reader hold this already? If-None-Match has the last word (RFC 9110 sections 13.1.2, 13.1.3, 13.2.2)."""
    tags = asked.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or file.etag in _ENTITY_TAG.findall(tags)
    try:
        since = parsedate_to_datetime(asked.get("if-modified-since", ""))
    except (ValueError, OverflowError):
        return False
    return file.modified <= (since if since.tzinfo else since.replace(tzinfo=UTC))


def _response(
    request: Request, status: int, content: bytes, media_type: str | None, headers: Mapping[str, str]
) -> Response:
    from starlette.responses import Response

    own = _SECURITY | dict(headers)
    if media_type:
        own["Content-Type"] = media_type if media_type in _WITHOUT_CHARSET else f"{media_type}; charset=utf-8"
        own["Content-Length"] = str(len(content))
    return Response(b"" if request.method == "HEAD" else content, status, own)
