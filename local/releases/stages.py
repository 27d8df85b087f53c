"""The deployer of a stage: on AWS by the current credentials, or on this machine's stack."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from infra.stages import STAGES
from local.releases.deployer import Deployer, Plan
from local.releases.functions import Functions, ReleaseError
from local.releases.judge import Judge
from local.releases.sagas import Sagas

type Client = Callable[[str], Any]
"""Makes boto3's client of a service."""


def deployer_of(stage: str, client: Client, tell: Callable[[str], None]) -> Deployer:
    values = STAGES[stage]
    return Deployer(
        Functions(client("lambda"), stage),
        Sagas(client("stepfunctions"), stage),
        Judge(client("cloudwatch"), stage),
        Plan(values.release_percents, timedelta(minutes=values.release_judged_min)),
        tell,
    )


def on_aws() -> Client:
    """Clients of the current credentials' account and region. Raises ReleaseError if there is no region.

    Lambda takes 15 calls a second that change or list anything. botocore's adaptive mode slows down when it is told to.
    """
    import boto3
    from botocore.config import Config

    session = boto3.Session()
    if not session.region_name:
        raise ReleaseError("No region: set AWS_REGION, or a region for AWS_PROFILE.")
    return lambda service: session.client(service, config=Config(retries={"mode": "adaptive", "max_attempts": 10}))


def on_this_machine(endpoint_url: str) -> Client:
    from local.emulators import local_client

    return lambda service: local_client(service, endpoint_url)
