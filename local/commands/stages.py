"""The option that names a stage, the stage's cloud, and failures of both as sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from local.commands.output import fail, running_stack
from local.paths import command

if TYPE_CHECKING:
    from local.cloud import Cloud


class StageName(StrEnum):
    """The stages of `infra/stages.py`."""

    LOCAL = "local"
    DEV = "dev"
    PROD = "prod"


TheStage = Annotated[StageName, typer.Option("--stage", help="The stage: its values, and its account.")]


def line(name: str, stage: str) -> str:
    """The command line of a command for the stage, for a person to copy."""
    return command(name if stage == StageName.LOCAL else f"{name} --stage {stage}")


def cloud_of(stage: StageName) -> "Cloud":
    """Exits with a sentence if the local stack is not up, or if there is no region."""
    from local.cloud import aws_cloud, local_cloud

    with failures_explained():
        return local_cloud(running_stack()) if stage is StageName.LOCAL else aws_cloud(stage.value)


@contextmanager
def failures_explained(then: str = "") -> Iterator[None]:
    """Turn failures that a person can mend into a sentence and exit status 1; other errors keep their traceback.

    `then` says what to do after AWS refused or did not answer.
    """
    try:
        yield
    except Exception as error:
        if told := _sentence(error, then):
            raise fail(told) from None
        raise


def _sentence(error: Exception, then: str) -> str | None:
    from botocore.exceptions import BotoCoreError, ClientError

    from local.cloud import CloudError
    from local.supervisor import EXPECTED, SupervisorError

    match error:
        case ClientError():
            return f"AWS refused: {error}. {then}".rstrip()
        case BotoCoreError():
            return f"AWS cannot be asked: {str(error).removesuffix('.')}. {then}".rstrip()
        case CloudError() | SupervisorError():
            return str(error)
    return str(error) if isinstance(error, EXPECTED) else None
