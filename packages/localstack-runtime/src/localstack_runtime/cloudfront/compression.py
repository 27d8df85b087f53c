"""Compression at the edge: what, how large, and how. Source: CloudFront Developer Guide, "Serve compressed files"."""

import gzip
from collections.abc import Sequence
from functools import lru_cache

LEAST, MOST = 1_000, 10_000_000
"""Bytes of an object that is compressed."""
KEPT = 128

_KINDS = frozenset([
    "application/dash+xml", "application/eot", "application/font", "application/font-sfnt", "application/javascript",
    "application/json", "application/opentype", "application/otf", "application/pdf", "application/pkcs7-mime",
    "application/protobuf", "application/rss+xml", "application/truetype", "application/ttf",
    "application/vnd.apple.mpegurl", "application/vnd.mapbox-vector-tile", "application/vnd.ms-fontobject",
    "application/wasm", "application/xhtml+xml", "application/xml", "application/x-font-opentype",
    "application/x-font-truetype", "application/x-font-ttf", "application/x-httpd-cgi", "application/x-javascript",
    "application/x-mpegurl", "application/x-opentype", "application/x-otf", "application/x-perl", "application/x-ttf",
    "font/eot", "font/opentype", "font/otf", "font/ttf", "image/svg+xml", "text/css", "text/csv", "text/html",
    "text/javascript", "text/js", "text/plain", "text/richtext", "text/tab-separated-values", "text/xml",
    "text/x-component", "text/x-java-source", "text/x-script", "vnd.apple.mpegurl",
])  # fmt: skip


def encoding(kind: str, size: int, accepted: str, offered: Sequence[str]) -> str | None:
    """The encoding for an object of that content type and size; None if it is sent as it is."""
    if kind.partition(";")[0].strip().lower() not in _KINDS or not LEAST <= size <= MOST:
        return None
    wanted = _accepted(accepted)
    return next((each for each in offered if each in wanted), None)


@lru_cache(KEPT)
def compressed(body: bytes, how: str) -> bytes:
    """The body in the encoding."""
    if how == "br":
        import brotli  # of LocalStack's environment alone

        answer: bytes = brotli.compress(body, quality=5)
        return answer
    return gzip.compress(body, compresslevel=6, mtime=0)


def _accepted(header: str) -> set[str]:
    """The encodings of an `Accept-Encoding` that it does not rule out by `q=0`."""
    parts = [each.replace(" ", "").lower().split(";") for each in header.split(",")]
    return {name for name, *more in parts if not any(each in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for each in more)}
