"""Tokens by which IAM lets a function into a store: presigned requests, sent as a password.

boto3 makes the same tokens. It is not used, because its import and a client cost each cold start about 200 ms, before
the first statement. Source: AWS General Reference, "Signature Version 4 signing process", with the signature in the
query; Amazon Aurora User Guide, "Connecting using IAM authentication"; Amazon ElastiCache User Guide, "Authenticating
with IAM".
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

_LASTS_S = 900
"""The longest that AWS allows. A token opens a connection; the connection outlives it."""

_NO_BODY = hashlib.sha256(b"").hexdigest()


def database_token(host: str, port: int, user: str) -> str:
    """A password for this user of a database, or of a proxy that accepts tokens."""
    return _token("rds-db", f"{host}:{port}", {"Action": "connect", "DBUser": user}, datetime.now(UTC))


def cache_token(cache: str, user: str) -> str:
    """A password for this user of an ElastiCache replication group, by the group's name."""
    return _token("elasticache", cache, {"Action": "connect", "User": user}, datetime.now(UTC))


def _token(service: str, host: str, asked: Mapping[str, str], now: datetime) -> str:
    """The presigned address without its scheme. The credentials are those that Lambda gives to the function's role."""
    day, at, region = f"{now:%Y%m%d}", f"{now:%Y%m%dT%H%M%SZ}", os.environ["AWS_REGION"]
    scope = f"{day}/{region}/{service}/aws4_request"
    query = {
        **asked,
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}",
        "X-Amz-Date": at,
        "X-Amz-Expires": str(_LASTS_S),
        "X-Amz-SignedHeaders": "host",
    }
    if session := os.environ.get("AWS_SESSION_TOKEN"):
        query["X-Amz-Security-Token"] = session
    told = urlencode(sorted(query.items()), quote_via=quote, safe="-_.~")
    request = f"GET\n/\n{told}\nhost:{host}\n\nhost\n{_NO_BODY}"
    signed = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in (day, region, service, "aws4_request"):
        key = _hmac(key, part)
    return f"{host}/?{told}&X-Amz-Signature={_hmac(key, signed).hex()}"


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
