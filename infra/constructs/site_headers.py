"""The headers with which a distribution serves the web console: what its pages may load, and to whom they may talk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

_STRIPE_SCRIPTS = "https://js.stripe.com"
_STRIPE_FRAMES = (_STRIPE_SCRIPTS, "https://hooks.stripe.com")
"""Stripe's page asks for a card's number: no page of ours sees it (Stripe's guide to integration security)."""

_UNUSED = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "gyroscope", "hid",
    "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get", "serial", "usb",
    "xr-spatial-tracking",
)  # fmt: skip
"""Features of browsers that no page may use."""

_YEAR = cdk.Duration.days(365)


@dataclass(frozen=True)
class Sources:
    """The origins that the console's pages talk to, beside their own."""

    apis: Sequence[str]
    """The addresses of the REST API and of the WebSocket API; a path is left out of the policy."""
    stripe_api: str
    tiles: Collection[str] = ()
    """Origins of the markets' base maps."""


def content_security_policy(sources: Sources) -> Mapping[str, Sequence[str]]:
    """Each directive with its sources: whatever is not named here, a page may not load."""
    return {
        "default-src": ("'none'",),
        "script-src": ("'self'", _STRIPE_SCRIPTS),
        "style-src": ("'self'",),
        "img-src": ("'self'", "data:", "blob:"),
        "font-src": ("'self'",),
        "connect-src": ("'self'", *map(_origin, sources.apis), sources.stripe_api, *sorted(sources.tiles)),
        "worker-src": ("'self'",),
        "frame-src": _STRIPE_FRAMES,
        "base-uri": ("'none'",),
        "form-action": ("'none'",),
        "frame-ancestors": ("'none'",),
    }


def headers_policy(
    scope: Construct, construct_id: str, name: str, sources: Sources
) -> cloudfront.ResponseHeadersPolicy:
    """The policy that a distribution puts on every answer."""
    policy = content_security_policy(sources)
    text = "; ".join(f"{directive} {' '.join(allowed)}" for directive, allowed in policy.items())
    return cloudfront.ResponseHeadersPolicy(
        scope,
        construct_id,
        response_headers_policy_name=name,
        comment="What pages of the console may do",
        security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
            content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                content_security_policy=text, override=True
            ),
            content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
            frame_options=cloudfront.ResponseHeadersFrameOptions(
                frame_option=cloudfront.HeadersFrameOption.DENY, override=True
            ),
            referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                referrer_policy=cloudfront.HeadersReferrerPolicy.NO_REFERRER, override=True
            ),
            strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                access_control_max_age=_YEAR, include_subdomains=True, override=True
            ),
        ),
        custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
            custom_headers=[
                cloudfront.ResponseCustomHeader(header=name, value=value, override=True)
                for name, value in {
                    "Cross-Origin-Opener-Policy": "same-origin",
                    "Cross-Origin-Resource-Policy": "same-origin",
                    "Permissions-Policy": ", ".join(["geolocation=(self)", *(f"{each}=()" for each in _UNUSED)]),
                }.items()
            ]
        ),
    )


def _origin(url: str) -> str:
    """The origin of an address, in which the host may be known to CloudFormation alone."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
