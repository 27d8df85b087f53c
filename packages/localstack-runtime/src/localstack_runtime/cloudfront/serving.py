"""Answers requests to distributions, as CloudFront does with an object of S3 behind it.

CloudFront's edge caches nothing here: each request reads the bucket. TLS is left out.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import ClientError
from localstack.aws.connect import connect_to
from localstack.aws.handlers import cors
from localstack.http import Request, Response
from localstack.services.edge import ROUTER
from rolo.request import get_raw_path
from werkzeug.http import http_date, parse_date

from .. import settings
from ..authorization.access import ACCESS, DeniedError, ServiceCaller
from ..authorization.needs import Need, Place
from . import compression, response_headers
from .store import STORE, Distribution

LOG = logging.getLogger(__name__)
ROOT = "/_aws/cloudfront/"
REGION = "us-east-1"
"""CloudFront is at home there, and asks S3 from everywhere."""
METHODS = ("GET", "HEAD")
FORBIDDEN_METHOD = (
    "This distribution is not configured to allow the HTTP request method that was used for this request. "
    "The distribution supports only cachable requests."
)


@dataclass(frozen=True)
class Object:
    """What S3 has at a key."""

    body: bytes
    etag: str
    modified: Any
    headers: Mapping[str, str]


class AbsentError(Exception):
    """S3 answers with the status instead of an object."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


def serve(request: Request, distribution_id: str, path: str = "") -> Response:  # noqa: ARG001 - read undecoded
    """Answer one request."""
    distribution = STORE.distributions.get(distribution_id)
    if distribution is None or str(distribution.config.get("Enabled", True)).lower() != "true":
        return _failed(HTTPStatus.FORBIDDEN, "There is no such distribution.")
    if request.method not in METHODS:
        return _failed(HTTPStatus.FORBIDDEN, FORBIDDEN_METHOD)
    raw = get_raw_path(request).partition("?")[0]
    if raw == f"{ROOT}{distribution.id}":  # addresses of a page are relative to the root, which ends in a slash
        return Response(status=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": f"{raw}/"})
    try:
        found = _object(distribution, _key(distribution, request))
        answer = _answer(distribution, found, request)
    except AbsentError as absent:
        answer = _failed(absent.status, absent.status.phrase)
    response_headers.apply(STORE.headers(distribution), answer.headers)
    return answer


def _key(distribution: Distribution, request: Request) -> str:
    """The key of the object. Keys are text: `..` in one leads nowhere."""
    raw = get_raw_path(request).partition("?")[0]
    path = unquote(raw.removeprefix(f"{ROOT}{distribution.id}")).removeprefix("/")
    prefix = str(distribution.origin.get("OriginPath") or "").strip("/")
    key = path or str(distribution.config.get("DefaultRootObject") or "")
    if not key or key.startswith("/") or {".", ".."} & set(key.split("/")):
        raise AbsentError(HTTPStatus.FORBIDDEN)
    return f"{prefix}/{key}" if prefix else key


def _object(distribution: Distribution, key: str) -> Object:
    """Read the object in CloudFront's name. A stranger who may not list is not told whether there is one."""
    bucket = distribution.bucket
    if not _may_read(distribution, key):
        raise AbsentError(HTTPStatus.FORBIDDEN)
    s3 = connect_to(aws_access_key_id=distribution.account, region_name=REGION).s3
    try:
        found = s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        LOG.debug("%s of %s: %s", key, bucket, error)
        may_list = _may_list(distribution)
        raise AbsentError(HTTPStatus.NOT_FOUND if may_list else HTTPStatus.FORBIDDEN) from error
    headers = {
        "Content-Type": found["ContentType"],
        "Cache-Control": found.get("CacheControl"),
        "Content-Encoding": found.get("ContentEncoding"),
        "Content-Language": found.get("ContentLanguage"),
        "Content-Disposition": found.get("ContentDisposition"),
    } | {f"x-amz-meta-{name}": value for name, value in found.get("Metadata", {}).items()}
    told = {name: value for name, value in headers.items() if value}
    return Object(found["Body"].read(), found["ETag"], found["LastModified"], told)


def _may_read(distribution: Distribution, key: str) -> bool:
    need = Need("s3:GetObject", f"arn:aws:s3:::{distribution.bucket}/{key}")
    try:
        if settings.policies_are_enforced():
            ACCESS.check(_caller(distribution), need, Place(distribution.account, REGION))
    except DeniedError:
        return False
    return True


def _may_list(distribution: Distribution) -> bool:
    need = Need("s3:ListBucket", f"arn:aws:s3:::{distribution.bucket}")
    return not settings.policies_are_enforced() or ACCESS.allows(
        _caller(distribution), need, Place(distribution.account, REGION)
    )


def _caller(distribution: Distribution) -> ServiceCaller:
    return ServiceCaller("cloudfront", distribution.arn)


def _answer(distribution: Distribution, found: Object, request: Request) -> Response:
    headers = {**found.headers, "Last-Modified": http_date(found.modified), "X-Cache": "Miss from cloudfront"}
    etag, body = found.etag, found.body
    offered = STORE.encodings(distribution)
    if offered:
        headers["Vary"] = "Accept-Encoding"
    kind, accepted = headers["Content-Type"], request.headers.get("Accept-Encoding", "")
    how = None if "Content-Encoding" in headers else compression.encoding(kind, len(body), accepted, offered)
    if how:
        headers["Content-Encoding"], etag, body = how, f"W/{etag}", compression.compressed(body, how)
    headers["ETag"] = etag
    if _is_known(found, request):
        return Response(b"", status=HTTPStatus.NOT_MODIFIED, headers=headers)
    answer = Response(b"" if request.method == "HEAD" else body, status=HTTPStatus.OK, headers=headers)
    answer.headers["Content-Length"] = str(len(body))
    return answer


def _is_known(found: Object, request: Request) -> bool:
    """Whether the browser has the object. An ETag counts alone; weak ones are compared like others."""
    if tags := request.headers.get("If-None-Match"):
        known = {each.strip().removeprefix("W/") for each in tags.split(",")}
        return found.etag in known or "*" in known
    since = parse_date(request.headers.get("If-Modified-Since"))
    return since is not None and found.modified.replace(microsecond=0) <= since


def _failed(status: HTTPStatus, why: str) -> Response:
    return Response(why, status=status, mimetype="text/plain", headers={"X-Cache": "Error from cloudfront"})


_enforced = cors.should_enforce_self_managed_service


def _leaves_origins_to_itself(context: Any) -> bool:
    """LocalStack's own rules for origins are those of an API of AWS: a page may be linked from anywhere."""
    return not context.request.path.startswith(ROOT) and bool(_enforced(context))


def install() -> None:
    """Serve distributions beside the APIs."""
    cors.should_enforce_self_managed_service = _leaves_origins_to_itself
    for rule in ("<distribution_id>", "<distribution_id>/", "<distribution_id>/<path:path>"):
        ROUTER.add(f"{ROOT}{rule}", serve)
