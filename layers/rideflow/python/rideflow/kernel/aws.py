"""Clients of AWS services, each with a time within which it answers or fails."""

from __future__ import annotations

from typing import Any


def client(service: str, *, connect_s: float = 1, read_s: float = 2, tries: int = 2, **options: Any) -> Any:
    """A client of boto3 for `service`; `options` are boto3's own.

    A call takes `tries` times `connect_s + read_s` at most, and up to a second between tries. boto3 by itself waits for
    a minute and tries five times: a service that hangs would hold a function until its time is over.

    Make clients on first use: boto3 costs a cold start 128 ms.
    """
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=connect_s, read_timeout=read_s, retries={"total_max_attempts": tries})
    return boto3.client(service, config=config, **options)
