"""`rideflow destroy`."""

from typing import TYPE_CHECKING

import typer

from local.commands.output import console, fail
from local.commands.stages import StageName, TheStage, cloud_of, failures_explained
from local.paths import command
from local.wording import counted

if TYPE_CHECKING:
    from local.cloud import Cloud

_TRIES = 2
"""Functions that are at work while their stack is deleted may write an object into a bucket that was just emptied."""


def destroy(stage: TheStage) -> None:
    """Delete a stage from the AWS account of the current credentials: all of its stacks, with their data.

    Says which account and region that is, and asks for the stage's name and the account's number. A stage that keeps
    its data, as prod does, is not deleted by a command. What is deleted and what is kept is a table in docs/running.md.
    """
    from infra.stages import STAGES
    from local.destroying import where

    if stage is StageName.LOCAL:
        raise fail(f"The local stack is no stage on AWS: `{command('down')}` ends it, and keeps nothing.")
    if STAGES[stage.value].keep_data:
        raise fail(
            f"{stage.value} keeps its data: its stacks, database, tables and user pool refuse to be deleted. "
            "docs/running.md says what stays, and what a person has to take off first, by hand."
        )
    cloud = cloud_of(stage)
    with failures_explained():
        account, region = where(cloud)
    console.print(
        f"Stage {stage.value} in account {account}, {region}, is deleted with its accounts of people, trips, ledger, "
        "keys and paths. Nothing brings them back.",
        soft_wrap=True,
        highlight=False,
    )
    if typer.prompt("The stage's name") != stage.value:
        raise fail("That is not its name: nothing is deleted.")
    if typer.prompt("The account's number") != account:
        raise fail("That is not the account of the current credentials: nothing is deleted.")
    with failures_explained():
        _destroy(cloud)


def _destroy(cloud: "Cloud") -> None:
    from local import cdk, destroying

    status = 0
    for _ in range(_TRIES):
        for bucket in destroying.buckets(cloud):
            versions = counted(destroying.empty(cloud, bucket), "version of an object", "versions of objects")
            console.print(f"{versions} deleted from {bucket}.")
        if not (status := cdk.destroy_aws(cloud.stage)):
            groups = counted(destroying.delete_logs(cloud), "group of logs", "groups of logs")
            console.print(f"Deleted what was written to meanwhile: {groups}.")
            return
    raise typer.Exit(status)
