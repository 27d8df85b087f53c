"""The web console's bucket and distribution, by what they let browsers do and strangers not."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from infra.stacks.console import ConsoleStack
from infra.stages import DEV, LOCAL, PROD, Stage, StageSettingError, stage_of
from localstack_runtime.authorization.policies import Request, allows
from tests.infra.policies import ACCOUNT, resolved
from tests.infra.synthesis import Resource, Synthesis
from tests.market_data import market_folder

CLOUDFRONT = ("Service", "cloudfront.amazonaws.com")
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/6f1b8c9e-0000-4000-8000-000000000000"


def only(synthesis: Synthesis, kind: str) -> Resource:
    (found,) = (each for each in synthesis.of_type(kind) if each.stack.endswith("-console"))
    return found


def headers(synthesis: Synthesis) -> dict[str, Any]:
    policy = only(synthesis, "AWS::CloudFront::ResponseHeadersPolicy")
    found: dict[str, Any] = resolved(policy.properties["ResponseHeadersPolicyConfig"], policy.stack, synthesis)
    return found


def directives(synthesis: Synthesis) -> dict[str, set[str]]:
    """The content security policy: each directive with the set of its sources."""
    told = headers(synthesis)["SecurityHeadersConfig"]["ContentSecurityPolicy"]
    assert told["Override"]
    parts = [part.split() for part in told["ContentSecurityPolicy"].split(";")]
    assert len({name for name, *_ in parts}) == len(parts), "a browser reads the first of two"
    return {name: set(sources) for name, *sources in parts}


def alone(folder: Path, stage: Stage) -> Synthesis:
    """The stage's console without the other stacks."""
    app = cdk.App(outdir=str(folder))
    ConsoleStack(app, stage, rest_url="https://api.example.com/live", websocket_url="wss://ws.example.com")
    (stack,) = app.synth().stacks
    template = json.loads(Path(stack.template_full_path).read_text(encoding="utf-8"))
    return Synthesis(stage.name, {stack.stack_name: template})


def test_the_bucket_is_read_by_its_distribution_and_by_nobody_else(each_stage: Synthesis) -> None:
    policy = only(each_stage, "AWS::S3::BucketPolicy")
    document = resolved(policy.properties["PolicyDocument"], policy.stack, each_stage)
    bucket = resolved(policy.properties["Bucket"], policy.stack, each_stage)
    distribution = only(each_stage, "AWS::CloudFront::Distribution").logical_id
    ours = f"arn:aws:cloudfront::{ACCOUNT}:distribution/resource:{policy.stack}/{distribution}"

    def may(action: str, *, source: str = ours, who: tuple[str, str] = CLOUDFRONT, tls: str = "true") -> bool:
        context = {"aws:sourcearn": source, "aws:securetransport": tls}
        return allows([document], Request(who, action, f"{bucket}/index.html", context))

    assert may("s3:GetObject")
    assert not may("s3:GetObject", source=f"arn:aws:cloudfront::{ACCOUNT}:distribution/ANOTHER")
    assert not may("s3:GetObject", who=("AWS", f"arn:aws:iam::{ACCOUNT}:role/somebody"))
    assert not may("s3:GetObject", tls="false")
    assert not any(may(action) for action in ("s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "s3:GetObjectAcl"))


def test_nothing_of_the_bucket_is_public_and_all_of_it_is_encrypted(each_stage: Synthesis) -> None:
    bucket = only(each_stage, "AWS::S3::Bucket").properties

    assert bucket["PublicAccessBlockConfiguration"] == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}], (
        "no list of access counts"
    )
    assert "WebsiteConfiguration" not in bucket
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_pages_load_and_reach_what_they_need_and_nothing_else(prod: Synthesis) -> None:
    found = directives(prod)
    apis = {urlsplit_origin(each) for each in (output(prod, "RestUrl"), output(prod, "WebSocketUrl"))}

    assert found == {
        "default-src": {"'none'"},
        "script-src": {"'self'", "https://js.stripe.com"},
        "style-src": {"'self'"},
        "img-src": {"'self'", "data:", "blob:"},
        "font-src": {"'self'"},
        "connect-src": {"'self'", "https://api.stripe.com", *apis},
        "worker-src": {"'self'"},
        "frame-src": {"https://js.stripe.com", "https://hooks.stripe.com"},
        "base-uri": {"'none'"},
        "form-action": {"'none'"},
        "frame-ancestors": {"'none'"},
    }
    assert {each.partition("://")[0] for each in apis} == {"https", "wss"}


def test_no_stage_lets_pages_run_text_or_ask_any_host(each_stage: Synthesis) -> None:
    sources = set().union(*directives(each_stage).values())

    assert not {"'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "*", "https:", "http:", "ws:", "wss:"} & sources
    assert not [each for each in sources if "*" in each]


def test_the_local_console_reaches_the_local_apis_and_the_double(local: Synthesis) -> None:
    assert LOCAL.endpoint_url is not None
    apis = {LOCAL.endpoint_url, LOCAL.endpoint_url.replace("http", "ws")}

    assert directives(local)["connect-src"] == {"'self'", *apis, LOCAL.stripe_api_base}


def test_tiles_of_a_market_are_reached_at_their_host_alone(tmp_path: Path) -> None:
    market = market_folder(tmp_path / "further", "elsewhere") / "market.json"
    told = json.loads(market.read_text()) | {"basemap": {"pmtiles": "https://tiles.example.org/v4/elsewhere.pmtiles"}}
    market.write_text(json.dumps(told))

    found = directives(alone(tmp_path / "out", replace(DEV, further_markets=tmp_path / "further")))

    assert found["connect-src"] - {"'self'", "https://api.stripe.com"} == {
        "https://api.example.com", "wss://ws.example.com", "https://tiles.example.org",
    }  # fmt: skip


def test_browsers_keep_the_pages_apart_from_others(each_stage: Synthesis) -> None:
    policy = headers(each_stage)
    security = policy["SecurityHeadersConfig"]
    others = {each["Header"]: each["Value"] for each in policy["CustomHeadersConfig"]["Items"] if each["Override"]}
    features = dict(each.split("=") for each in others["Permissions-Policy"].split(", "))

    transport = security["StrictTransportSecurity"]
    assert (transport["AccessControlMaxAgeSec"], transport["IncludeSubdomains"]) == (31_536_000, True)
    assert security["ContentTypeOptions"]["Override"]
    assert security["ReferrerPolicy"]["ReferrerPolicy"] == "no-referrer"
    assert security["FrameOptions"]["FrameOption"] == "DENY"
    assert others["Cross-Origin-Opener-Policy"] == others["Cross-Origin-Resource-Policy"] == "same-origin"
    assert {name for name, allowed in features.items() if allowed != "()"} == {"geolocation"}
    assert features["geolocation"] == "(self)"
    assert features.keys() >= {"camera", "display-capture", "microphone", "payment", "usb"}


def test_the_distribution_serves_over_tls_compressed_and_by_the_files_own_times(each_stage: Synthesis) -> None:
    distribution = only(each_stage, "AWS::CloudFront::Distribution")
    config = distribution.properties["DistributionConfig"]
    behaviour = config["DefaultCacheBehavior"]
    caching = only(each_stage, "AWS::CloudFront::CachePolicy")
    policy = caching.properties["CachePolicyConfig"]

    assert (config["DefaultRootObject"], config["HttpVersion"], config["IPV6Enabled"]) == (
        "index.html",
        "http2and3",
        True,
    )
    assert (config["PriceClass"], config["Enabled"]) == ("PriceClass_100", True)
    assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
    assert (behaviour["AllowedMethods"], behaviour["Compress"]) == (["GET", "HEAD"], True)
    assert behaviour["CachePolicyId"] == {"Ref": caching.logical_id}
    assert (policy["MinTTL"], policy["DefaultTTL"], policy["MaxTTL"]) == (0, 0, 31_536_000)
    told = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert (told["EnableAcceptEncodingBrotli"], told["EnableAcceptEncodingGzip"]) == (True, True)
    assert {told["CookiesConfig"]["CookieBehavior"], told["QueryStringsConfig"]["QueryStringBehavior"]} == {"none"}


def test_the_api_knows_the_local_consoles_origin(local: Synthesis) -> None:
    (stage,) = local.of_type("AWS::ApiGateway::Stage")

    origin = urlsplit_origin(output(local, "ConsoleUrl"))
    assert origin in stage.properties["Variables"]["web_origins"].split(",")
    assert origin != urlsplit_origin(output(local, "RestUrl"))


def test_the_address_that_cloudfront_gave_is_an_origin_of_the_api_once_it_is_told() -> None:
    told = stage_of({"stage": "prod", "console_origin": "https://d1.cloudfront.net"}.get)

    assert set(told.origins) - set(PROD.web_origins) == {"https://d1.cloudfront.net"}
    assert stage_of({"stage": "prod"}.get).origins == PROD.web_origins


def with_domain(**more: str) -> Stage:
    domain = {"name": "rides.example.com", "hosted_zone_id": "Z0123456789ABC", **more}
    return stage_of({"stage": "prod", "stages": {"prod": {"domain": domain}}}.get)


def test_a_domain_with_a_certificate_of_us_east_1_names_the_console(tmp_path: Path) -> None:
    stage = with_domain(console_certificate_arn=CERTIFICATE)
    found = alone(tmp_path, stage)
    config = only(found, "AWS::CloudFront::Distribution").properties["DistributionConfig"]

    assert config["Aliases"] == ["console.rides.example.com"]
    assert config["ViewerCertificate"] == {
        "AcmCertificateArn": CERTIFICATE, "MinimumProtocolVersion": "TLSv1.2_2021", "SslSupportMethod": "sni-only",
    }  # fmt: skip
    assert output(found, "ConsoleUrl") == "https://console.rides.example.com/"
    assert stage.console_origin == "https://console.rides.example.com"
    records = found.of_type("AWS::Route53::RecordSet")
    assert {each.properties["Name"] for each in records} == {"console.rides.example.com."}
    assert {each.properties["Type"] for each in records} == {"A", "AAAA"}


def test_a_domain_without_that_certificate_leaves_the_console_cloudfronts_name(tmp_path: Path) -> None:
    found = alone(tmp_path, with_domain())

    assert "Aliases" not in only(found, "AWS::CloudFront::Distribution").properties["DistributionConfig"]
    assert output(found, "ConsoleUrl").startswith("https://resource:")
    assert found.of_type("AWS::Route53::RecordSet") == []


def test_a_certificate_of_another_region_is_refused() -> None:
    with pytest.raises(StageSettingError, match="us-east-1, where CloudFront looks"):
        with_domain(console_certificate_arn=CERTIFICATE.replace("us-east-1", "eu-central-1"))


@pytest.mark.parametrize("key", ["sk_live_123", "pk_live_", "", 7])
def test_what_is_no_publishable_key_is_refused(key: object) -> None:
    with pytest.raises(StageSettingError, match="stripe_publishable_key of stage dev"):
        stage_of({"stage": "dev", "stages": {"dev": {"stripe_publishable_key": key}}}.get)


def output(synthesis: Synthesis, name: str) -> str:
    ((stack, told),) = (
        (stack, template["Outputs"][name]["Value"])
        for stack, template in synthesis.templates.items()
        if name in template.get("Outputs", {})
    )
    return str(resolved(told, stack, synthesis))


def urlsplit_origin(url: str) -> str:
    """Of an address whose host may be a reference, which has colons and slashes of its own."""
    scheme, _, rest = url.partition("://")
    host = rest.partition("/live")[0] if "/live" in rest else rest.partition("/_aws")[0]
    return f"{scheme}://{host}".removesuffix("/")
