"""Parts of what serves distributions: what is compressed, which headers a policy sets, and what is refused."""

from typing import Any

import pytest

from localstack_runtime.cloudfront import compression, response_headers
from localstack_runtime.cloudfront.store import Config, Distribution, Store, UnservedError

BOTH = ("br", "gzip")
CONTROL = "a-control"


def config(**behaviour: Any) -> dict[str, Any]:
    return {
        "DefaultCacheBehavior": {
            "TargetOriginId": "files",
            "CachePolicyId": "caching",
            "Compress": "true",
            **behaviour,
        },
        "Origins": [
            {"Id": "files", "DomainName": "my.files.s3.eu-west-1.amazonaws.com", "OriginAccessControlId": CONTROL}
        ],
    }


def store(**caching: Any) -> Store:
    policies: dict[str, Config] = {"caching": {"ParametersInCacheKeyAndForwardedToOrigin": caching}}
    return Store(access_controls={CONTROL: {}}, cache_policies=policies)


@pytest.mark.parametrize(
    ("kind", "size", "accepted", "expected"),
    [
        ("text/html; charset=utf-8", 1_000, "br", "br"),
        ("text/javascript", 10_000_000, "gzip;q=0.5, br;q=1", "br"),
        ("application/json", 5_000, "gzip", "gzip"),
        ("application/json", 5_000, "GZIP ; q=0.0", None),
        ("application/json", 5_000, "", None),
        ("application/json", 999, "br", None),
        ("application/json", 10_000_001, "br", None),
        ("application/geo+json", 5_000, "br", None),
        ("image/png", 5_000, "br, gzip", None),
        ("font/woff2", 5_000, "br, gzip", None),
    ],
)
def test_an_object_is_compressed_by_kind_size_and_request(
    kind: str, size: int, accepted: str, expected: str | None
) -> None:
    assert compression.encoding(kind, size, accepted, BOTH) == expected


def test_a_policy_sets_its_headers_and_leaves_the_origins_if_it_says_so() -> None:
    policy = {
        "SecurityHeadersConfig": {
            "StrictTransportSecurity": {"AccessControlMaxAgeSec": 60, "IncludeSubdomains": "true", "Override": True},
            "FrameOptions": {"FrameOption": "DENY", "Override": False},
            "ReferrerPolicy": {"ReferrerPolicy": "no-referrer", "Override": True},
            "ContentSecurityPolicy": {"ContentSecurityPolicy": "default-src 'none'", "Override": True},
            "XSSProtection": {"Protection": True, "ModeBlock": True, "Override": True},
        },
        "CustomHeadersConfig": {"Items": [{"Header": "Kept", "Value": "new", "Override": "false"}]},
        "RemoveHeadersConfig": {"Items": [{"Header": "Server"}]},
    }
    headers = {"X-Frame-Options": "SAMEORIGIN", "Kept": "old", "Server": "S3", "Referrer-Policy": "origin"}

    response_headers.apply(policy, headers)

    assert headers == {
        "Strict-Transport-Security": "max-age=60; includeSubDomains",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": "default-src 'none'",
        "X-XSS-Protection": "1; mode=block",
        "Kept": "old",
    }


def test_the_bucket_is_read_from_the_origins_name() -> None:
    assert Distribution("E1", "1", config()).bucket == "my.files"


@pytest.mark.parametrize(
    ("caching", "compress", "expected"),
    [
        ({"EnableAcceptEncodingBrotli": True, "EnableAcceptEncodingGzip": "true"}, "true", BOTH),
        ({"EnableAcceptEncodingGzip": True}, "true", ("gzip",)),
        ({"EnableAcceptEncodingGzip": True}, "false", ()),
        ({}, "true", ()),
    ],
)
def test_encodings_need_the_cache_policy_and_the_behaviour(
    caching: dict[str, Any], compress: str, expected: tuple[str, ...]
) -> None:
    assert store(**caching).encodings(Distribution("E1", "1", config(Compress=compress))) == expected


def test_aws_own_cache_policy_compresses() -> None:
    optimized = config(CachePolicyId="658327ea-f89d-4fab-a63d-7e88639e58f6")

    assert store().encodings(Distribution("E1", "1", optimized)) == BOTH


@pytest.mark.parametrize(
    "told",
    [
        {**config(), "CacheBehaviors": [{"PathPattern": "/api/*"}]},
        {**config(), "CustomErrorResponses": [{"ErrorCode": 403}]},
        config(FunctionAssociations=[{"EventType": "viewer-request"}]),
        config(LambdaFunctionAssociations=[{"EventType": "origin-request"}]),
        config(CachePolicyId="unknown"),
        config(ResponseHeadersPolicyId="unknown"),
        {**config(), "Origins": [{"Id": "files", "DomainName": "files.s3.amazonaws.com"}]},
        {**config(), "Origins": [{"Id": "files", "DomainName": "example.com", "OriginAccessControlId": CONTROL}]},
    ],
)
def test_what_is_not_served_is_refused_when_it_is_deployed(told: dict[str, Any]) -> None:
    with pytest.raises(UnservedError):
        store().put(Distribution("E1", "1", told))


def test_a_policy_of_cors_is_refused() -> None:
    with pytest.raises(UnservedError, match="CorsConfig"):
        store().put_headers("policy", {"CorsConfig": {"OriginOverride": True}})
