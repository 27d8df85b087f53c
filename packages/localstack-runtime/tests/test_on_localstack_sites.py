"""A distribution of CloudFront before a bucket, on a running LocalStack."""

import gzip
import http.client
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from deployed_cloud import Cloud

pytestmark = pytest.mark.e2e

PAGE, CODE = b"<!doctype html><title>A page</title>", b"let answer = 42;\n" * 200
FOREVER = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def s3(cloud: Cloud) -> Any:
    client = cloud.client("s3")
    page = {"ContentType": "text/html", "CacheControl": "no-cache"}
    client.put_object(Bucket=cloud.outputs["Files"], Key="index.html", Body=PAGE, **page)
    code = {"ContentType": "text/javascript", "CacheControl": FOREVER, "Metadata": {"made-by": "hand"}}
    client.put_object(Bucket=cloud.outputs["Files"], Key="assets/a b+c.js", Body=CODE, **code)
    return client


@pytest.fixture
def http_client(s3: Any) -> Iterator[httpx.Client]:
    with httpx.Client(timeout=20, headers={"Accept-Encoding": "identity"}) as client:
        yield client


def test_the_root_is_the_default_object(http_client: httpx.Client, cloud: Cloud) -> None:
    answer = http_client.get(cloud.site())

    assert (answer.status_code, answer.content) == (200, PAGE)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("text/html", "no-cache")
    assert http_client.get(cloud.site("/?a=query")).content == PAGE


def test_the_root_without_its_slash_leads_to_the_root(http_client: httpx.Client, cloud: Cloud) -> None:
    answer = http_client.get(cloud.site(""))

    assert answer.is_redirect
    assert http_client.get(answer.next_request.url).content == PAGE if answer.next_request else False


def test_a_key_is_found_by_its_encoded_path(http_client: httpx.Client, cloud: Cloud) -> None:
    answer = http_client.get(cloud.site("/assets/a%20b%2Bc.js"))

    assert (answer.status_code, answer.content) == (200, CODE)
    assert (answer.headers["cache-control"], answer.headers["x-amz-meta-made-by"]) == (FOREVER, "hand")


@pytest.mark.parametrize(("accepted", "expected"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, *", None)])
def test_text_is_compressed_as_the_browser_asks(
    http_client: httpx.Client, cloud: Cloud, accepted: str, expected: str | None
) -> None:
    with http_client.stream("GET", cloud.site("/assets/a%20b%2Bc.js"), headers={"Accept-Encoding": accepted}) as answer:
        sent = b"".join(answer.iter_raw())

    assert answer.headers.get("content-encoding") == expected
    assert int(answer.headers["content-length"]) == len(sent)
    assert answer.headers["vary"] == "Accept-Encoding"
    assert len(sent) < len(CODE) / 10 or expected is None
    if expected != "br":  # nothing here unpacks that
        assert (gzip.decompress(sent) if expected else sent) == CODE
    assert answer.headers["etag"].startswith("W/") == (expected is not None)


def test_what_is_small_is_sent_as_it_is(http_client: httpx.Client, cloud: Cloud) -> None:
    assert "content-encoding" not in http_client.get(cloud.site(), headers={"Accept-Encoding": "br"}).headers


def test_a_browser_that_has_the_object_is_told_so(http_client: httpx.Client, cloud: Cloud) -> None:
    known = http_client.get(cloud.site())
    packed = http_client.get(cloud.site("/assets/a%20b%2Bc.js"), headers={"Accept-Encoding": "gzip"})

    for url, headers in (
        (cloud.site(), {"If-None-Match": known.headers["etag"]}),
        (cloud.site(), {"If-Modified-Since": known.headers["last-modified"]}),
        (cloud.site("/assets/a%20b%2Bc.js"), {"If-None-Match": f'"other", {packed.headers["etag"]}'}),
    ):
        answer = http_client.get(url, headers=headers)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["version"] == "1", "a policy's headers are on this answer, too"
    changed = {"If-None-Match": '"other"', "If-Modified-Since": known.headers["last-modified"]}
    assert http_client.get(cloud.site(), headers=changed).status_code == 200


def test_every_answer_has_the_policys_headers(http_client: httpx.Client, cloud: Cloud) -> None:
    for path, status in (("/", 200), ("/nothing.js", 403)):
        answer = http_client.get(cloud.site(path))
        assert (answer.status_code, answer.headers["version"]) == (status, "1")
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/nothing", "/assets", "/assets/", "/../index.html", "/assets/../index.html", "/%2e%2e/index.html", "//"]
)
def test_what_is_no_key_is_forbidden(s3: Any, cloud: Cloud, path: str) -> None:
    address = urlsplit(cloud.site())
    with closing(http.client.HTTPConnection(str(address.hostname), address.port or 80, timeout=20)) as connection:
        connection.request("GET", f"{address.path.rstrip('/')}{path}")
        answer = connection.getresponse()

        assert answer.status == 403
        assert PAGE not in answer.read()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_reading_is_served(http_client: httpx.Client, cloud: Cloud, method: str) -> None:
    assert http_client.request(method, cloud.site()).status_code == 403


def test_a_head_is_answered_without_a_body(http_client: httpx.Client, cloud: Cloud) -> None:
    answer = http_client.head(cloud.site())

    assert (answer.status_code, answer.content, int(answer.headers["content-length"])) == (200, b"", len(PAGE))


def test_a_page_may_be_linked_from_anywhere_and_is_read_by_its_own_origin(
    http_client: httpx.Client, cloud: Cloud
) -> None:
    elsewhere = {"Referer": "https://news.example/", "Origin": "https://news.example"}
    answer = http_client.get(cloud.site(), headers=elsewhere)

    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_distribution_that_the_buckets_policy_does_not_name_is_refused(
    http_client: httpx.Client, cloud: Cloud, s3: Any
) -> None:
    bucket = cloud.outputs["Files"]
    allowed = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    s3.put_bucket_policy(Bucket=bucket, Policy=allowed.replace(cloud.outputs["Distribution"], "ANOTHER"))
    try:
        assert http_client.get(cloud.site()).status_code == 403
    finally:
        s3.put_bucket_policy(Bucket=bucket, Policy=allowed)
    assert http_client.get(cloud.site()).status_code == 200


def test_an_absent_object_is_not_found_for_who_may_list(http_client: httpx.Client, cloud: Cloud, s3: Any) -> None:
    bucket = cloud.outputs["Files"]
    allowed = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    lists = allowed.replace('"s3:GetObject"', '["s3:GetObject", "s3:ListBucket"]').replace(f"{bucket}/*", f"{bucket}*")
    s3.put_bucket_policy(Bucket=bucket, Policy=lists)
    try:
        assert http_client.get(cloud.site("/nothing.js")).status_code == 404
    finally:
        s3.put_bucket_policy(Bucket=bucket, Policy=allowed)


def test_an_unknown_distribution_is_forbidden(http_client: httpx.Client, cloud: Cloud) -> None:
    address = cloud.site().replace(cloud.outputs["Distribution"], "ENOTHING")

    assert http_client.get(address).status_code == 403
