"""Every value that differs between the stages, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from infra.domain import Domain, DomainSettingError
from infra.layers import LAMBDA_ON_AWS, Target, host

_OWNERS_SETTINGS = ("email_from", "domain", "stripe_publishable_key")
_PUBLISHABLE_KEY = re.compile(r"pk_(test|live)_\w+")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

type Context = Callable[[str], Any]
"""Reads a value given with `cdk -c key=value`, or None."""


class UnknownStageError(ValueError):
    """No stage has this name."""


class StageSettingError(ValueError):
    """`cdk.json` sets something of a stage that cannot be set there, or cannot have this value."""


@dataclass(frozen=True)
class Stage:
    """One deployment of the whole product in one account and region."""

    name: str
    target: Target
    """The machine that imports the layers: they are built for it."""
    keep_data: bool
    """Whether stores outlive their deleted stack, and refuse deletion."""
    backup_days: int
    log_retention_days: int
    database_auth: str
    """`iam` through RDS Proxy, `iam_at_cluster` without one, or `trust`: see `DatabaseSettings`."""
    database_min_acu: float
    """With zero the database pauses while nobody is connected, and sweeps sleep. RDS Proxy would keep it awake."""
    database_max_acu: float
    database_readers: int
    redis_node_type: str
    redis_shards: int
    """Three in production: when a master fails, the other two are a majority and elect its replica."""
    redis_replicas: int
    redis_auth: str
    """`iam` over TLS, or `trust`: see `RedisSettings`."""
    web_firewall: bool
    web_origins: tuple[str, ...]
    """Origins of the web apps that browsers let call the REST API, beside the console's; phones need none."""
    max_speed_mps: float
    """A position that would need more since the last one is impossible."""
    address_limit_factor: int
    """Factor of the limits of an address: all riders of a laptop come from one address."""
    traced_share: float
    """Of REST calls and sagas beyond one a second, the share that X-Ray records; 0 without X-Ray."""
    stripe_api_base: str
    """Stripe's own address, or the double's."""
    release_percents: tuple[int, ...]
    """The parts of all calls that a new release gets, one after the other."""
    release_judged_min: int
    """Minutes for which each part but the last is judged. A figure of CloudWatch is a minute or two late."""
    endpoint_url: str | None = None
    """LocalStack's address; None on AWS."""
    further_markets: Path | None = None
    """A folder of market folders that are deployed beside the product's own."""
    email_from: str | None = None
    """The sender of codes, of a domain that is verified in SES. None: Cognito's own sender, 50 mails a day."""
    domain: Domain | None = None
    """The domain of both APIs. None: apps take the addresses that API Gateway gives them."""
    console_origin: str | None = None
    """The web console's origin. None: it is not deployed yet, and CloudFront has not named it."""
    stripe_publishable_key: str | None = None
    """The key by which browsers talk to Stripe. It is no secret. None: the console takes no cards."""

    @property
    def origins(self) -> tuple[str, ...]:
        """All origins whose pages may call the REST API."""
        return (*self.web_origins, *((self.console_origin,) if self.console_origin else ()))

    @property
    def database_proxy(self) -> bool:
        """Whether functions reach the database by RDS Proxy. It shares connections, which few environments need not."""
        return self.database_auth != "iam_at_cluster"

    @property
    def database_pauses(self) -> bool:
        return self.database_min_acu == 0


LOCAL = Stage(
    name="local",
    target=host(),
    keep_data=False,
    backup_days=1,
    log_retention_days=1,
    database_auth="trust",
    database_min_acu=0.5,
    database_max_acu=1,
    database_readers=0,
    redis_node_type="cache.t4g.micro",
    redis_shards=1,
    redis_replicas=0,
    redis_auth="trust",
    web_firewall=False,
    web_origins=("http://localhost:3000", "http://localhost:5173"),
    max_speed_mps=6000,  # rides are played sixty times faster than they are driven
    address_limit_factor=1000,
    traced_share=0.0,
    stripe_api_base="http://127.0.0.1:12111",
    release_percents=(100,),
    release_judged_min=0,
    endpoint_url="http://127.0.0.1:4566",
)

DEV = Stage(
    name="dev",
    target=LAMBDA_ON_AWS,
    keep_data=False,
    backup_days=1,
    log_retention_days=7,
    database_auth="iam_at_cluster",
    database_min_acu=0,
    database_max_acu=4,
    database_readers=0,
    redis_node_type="cache.t4g.micro",
    redis_shards=1,
    redis_replicas=0,
    redis_auth="iam",
    web_firewall=False,
    web_origins=("http://localhost:3000", "http://localhost:5173", "https://console.dev.rideflow.example"),
    max_speed_mps=60,
    address_limit_factor=1,
    traced_share=1.0,
    stripe_api_base="https://api.stripe.com",
    release_percents=(100,),
    release_judged_min=0,
)

PROD = Stage(
    name="prod",
    target=LAMBDA_ON_AWS,
    keep_data=True,
    backup_days=35,
    log_retention_days=90,
    database_auth="iam",
    database_min_acu=2,
    database_max_acu=64,
    database_readers=1,
    redis_node_type="cache.t4g.small",
    redis_shards=3,
    redis_replicas=1,
    redis_auth="iam",
    web_firewall=True,
    web_origins=("https://console.rideflow.example",),
    max_speed_mps=60,
    address_limit_factor=1,
    traced_share=0.01,
    stripe_api_base="https://api.stripe.com",
    release_percents=(5, 25, 100),
    release_judged_min=10,
)

STAGES = {stage.name: stage for stage in (LOCAL, DEV, PROD)}
ON_AWS = tuple(name for name in STAGES if name != LOCAL.name)


def stage_of(context: Context) -> Stage:
    """The stage that `-c stage=` names (local without it), with the local stack's own addresses.

    `-c markets=` names a folder of further markets, `-c console_origin=` the address that CloudFront gave the console
    (`rideflow deploy` tells it). What depends on the owner of the account is in `cdk.json`, as
    `{"context": {"stages": {"prod": {"email_from": "rides@example.com"}}}}`.
    Raises `UnknownStageError`, `StageSettingError`.
    """
    name = context("stage") or LOCAL.name
    if name not in STAGES:
        raise UnknownStageError(f"stage {name!r} is none of {', '.join(STAGES)}")
    further = context("markets")
    stage = replace(
        STAGES[name],
        further_markets=Path(further).resolve() if further else None,
        **_owners(context, name),
    )
    if name != LOCAL.name:
        own = f"https://{stage.domain.console}" if stage.domain and stage.domain.console else None
        return replace(stage, console_origin=own or context("console_origin"))
    endpoint_url = str(context("endpoint_url") or LOCAL.endpoint_url)
    return replace(
        stage,
        endpoint_url=endpoint_url,
        # Another name of the same machine is another origin to a browser, as CloudFront's is on AWS.
        console_origin=endpoint_url.replace("127.0.0.1", "localhost"),
        stripe_api_base=context("stripe_api_base") or LOCAL.stripe_api_base,
    )


def _owners(context: Context, name: str) -> dict[str, Any]:
    """The owner's settings of the stage."""
    told = (context("stages") or {}).get(name, {})
    if unknown := told.keys() - _OWNERS_SETTINGS:
        may = ", ".join(_OWNERS_SETTINGS)
        raise StageSettingError(f"cdk.json sets {', '.join(sorted(unknown))} of stage {name}; it can set: {may}")
    sender = told.get("email_from")
    if sender is not None and not _ADDRESS.fullmatch(str(sender)):
        raise StageSettingError(f"cdk.json: email_from of stage {name} is no e-mail address: {sender!r}")
    key = told.get("stripe_publishable_key")
    if key is not None and not _PUBLISHABLE_KEY.fullmatch(str(key)):
        raise StageSettingError(f"cdk.json: stripe_publishable_key of stage {name} is none, such as pk_live_…")
    return {"email_from": sender, "domain": _domain(told.get("domain"), name), "stripe_publishable_key": key}


def _domain(told: Any, stage: str) -> Domain | None:
    if told is None:
        return None
    try:
        return Domain.parse(told)
    except DomainSettingError as error:
        raise StageSettingError(f"cdk.json: domain of stage {stage} {error}") from error
