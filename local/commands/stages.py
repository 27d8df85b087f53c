"""The option that names a stage, and the stage's cloud."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from local.commands.output import fail, running_stack

if TYPE_CHECKING:
    from local.cloud import Cloud


class StageName(StrEnum):
    """The stages of `infra/stages.py`."""

    LOCAL = "local"
    DEV = "dev"
    PROD = "prod"


Stage = Annotated[StageName, typer.Option("--stage", help="The stage: its values, and its account.")]


def cloud_of(stage: StageName) -> "Cloud":
    """Exits with a sentence if the local stack is not up, or if there is no region."""
    from local.cloud import CloudError, aws_cloud, local_cloud

    if stage is StageName.LOCAL:
        return local_cloud(running_stack())
    try:
        return aws_cloud(stage.value)
    except CloudError as error:
        raise fail(str(error)) from None


@contextmanager
def cloud_failures_explained() -> Iterator[None]:
    """Turn refusals of AWS, and what is not there, into a sentence and exit status 1."""
    from botocore.exceptions import BotoCoreError, ClientError

    from local.cloud import CloudError

    try:
        yield
    except CloudError as error:
        raise fail(str(error)) from None
    except (BotoCoreError, ClientError) as error:
        raise fail(f"AWS refused: {error}") from None
