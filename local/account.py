"""The AWS account of a deploy: what it lacks, told before anything is made there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.cdk import QUALIFIER

if TYPE_CHECKING:
    from local.cloud import Cloud

ENOUGH_AT_ONCE = 100
"""Functions that run at the same time. A new account may have a limit of 10, which a few rides reach."""

QUOTA = "Service Quotas, AWS Lambda, Concurrent executions"


@dataclass(frozen=True)
class Account:
    """The account and region of the current credentials. `findings` are what its owner should know or do first."""

    number: str
    region: str
    is_bootstrapped: bool
    findings: tuple[str, ...]


def look_at(cloud: Cloud, sender: str | None) -> Account:
    """Ask the account. `sender` is the address that the stage's codes are mailed from. Raises botocore's errors."""
    sts = cloud.client("sts")
    number = sts.get_caller_identity()["Account"]
    findings = (*_concurrency(cloud), *_mail(cloud, sender))
    return Account(number, sts.meta.region_name, _is_bootstrapped(cloud), findings)


def _concurrency(cloud: Cloud) -> Iterator[str]:
    limit = cloud.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"]
    if limit < ENOUGH_AT_ONCE:
        yield (
            f"At most {limit} functions run at once in this account: beyond a few rides, requests are refused. "
            f"Ask for 1,000 ({QUOTA})."
        )


def _mail(cloud: Cloud, sender: str | None) -> Iterator[str]:
    """SES mails to anybody only outside its sandbox; no user pool can be made with a domain that is not verified."""
    from botocore.exceptions import ClientError

    if sender is None:
        yield "Codes are mailed by Cognito itself, 50 a day: sign-up stops there. Set email_from in cdk.json."
        return
    client, domain = cloud.client("sesv2"), sender.rpartition("@")[2]
    try:
        is_verified = client.get_email_identity(EmailIdentity=domain)["VerifiedForSendingStatus"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NotFoundException":
            raise
        is_verified = False
    if not is_verified:
        yield f"The domain {domain} is not verified in SES in this region: the user pool cannot be made with it."
    if not client.get_account()["ProductionAccessEnabled"]:
        yield "SES is in its sandbox here: it mails to verified addresses alone. Ask for production access."


def _is_bootstrapped(cloud: Cloud) -> bool:
    """Whether `cdk bootstrap` has run for this account and region."""
    from botocore.exceptions import ClientError

    try:
        found: dict[str, Any] = cloud.client("ssm").get_parameter(Name=f"/cdk-bootstrap/{QUALIFIER}/version")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
        return False
    return bool(found["Parameter"]["Value"])
