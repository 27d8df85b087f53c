"""Clients of AWS services, with timeouts."""

from __future__ import annotations

from typing import Any

_BY_GATEWAY_ENDPOINTS = frozenset({"dynamodb", "s3"})
"""Called over IPv4 also where the environment asks for dual-stack hosts: the VPC routes to both by gateway endpoints,
whose policies a request over IPv6 would go around (docs/adr/0139)."""


def client(service: str, *, connect_s: float = 1, read_s: float = 2, tries: int = 2, **options: Any) -> Any:
    """A client of boto3 for `service`; `options` are boto3's own.

    A call takes at most `tries` times `connect_s + read_s`, and up to a second between tries. boto3's own defaults
    are a minute and five tries: a service that hangs would hold a function until it times out.

    Build clients on first use: boto3 costs a cold start 128 ms.
    """
    import boto3
    from botocore.config import Config

    config = Config(
        connect_timeout=connect_s,
        read_timeout=read_s,
        retries={"total_max_attempts": tries},
        use_dualstack_endpoint=False if service in _BY_GATEWAY_ENDPOINTS else None,
    )
    return boto3.client(service, config=config, **options)
