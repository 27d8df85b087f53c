"""Files of the console as they are published: where, of which kind, and how long browsers keep them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ENTRY = "index.html"
ASSETS = "assets/"
"""Files whose names have a hash of their content."""

FOREVER, ASKED_FOR = "public, max-age=31536000, immutable", "no-cache"
"""A browser asks again for what may change under its name; 304 answers that in a few bytes."""

_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".geojson": "application/json",  # CloudFront compresses no application/geo+json
    ".map": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}


class ConsoleError(Exception):
    """The console cannot be published. The message says what to do."""


@dataclass(frozen=True)
class File:
    """One file of the console; the key is its path below the root."""

    key: str
    body: bytes

    @property
    def kind(self) -> str:
        """The content type. Raises `ConsoleError`: browsers refuse scripts and styles of an unknown one."""
        suffix = Path(self.key).suffix
        if suffix not in _KINDS:
            raise ConsoleError(f"{self.key}: no content type is known for {suffix or 'a name without an ending'}.")
        return _KINDS[suffix]

    @property
    def kept(self) -> str:
        """The value of `Cache-Control`."""
        return FOREVER if self.key.startswith(ASSETS) else ASKED_FOR


def built(folder: Path) -> Iterator[File]:
    """The files of the build. Raises `ConsoleError` if there is none."""
    if not (folder / ENTRY).is_file():
        raise ConsoleError("The console is not built: run `make setup`.")
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield File(path.relative_to(folder).as_posix(), path.read_bytes())


def document(key: str, content: Any) -> File:
    """A file of JSON."""
    return File(key, json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())
