"""`rideflow pipeline`."""

from typing import Annotated

import typer

from local.commands.output import fail
from local.commands.stages import StageName, TheStage
from local.paths import command


def pipeline(
    repository: Annotated[str, typer.Option("--repository", metavar="OWNER/NAME", help="The repository on GitHub.")],
    stage: TheStage,
    provider_exists: Annotated[
        bool, typer.Option("--provider-exists", help="The account knows GitHub's identity provider already.")
    ] = False,
) -> None:
    """Let the pipeline of a GitHub repository release to a stage: a role, without a key that could be stolen.

    An administrator runs it once for each stage. The role's ARN, which is printed at the end, becomes the variable
    RELEASE_ROLE_ARN of the repository's environment with the stage's name.
    """
    from local import cdk

    if stage is StageName.LOCAL:
        raise fail(f"No pipeline reaches the local stack: `{command('up')}` deploys to it.")
    if status := cdk.deploy_pipeline(stage.value, repository, makes_provider=not provider_exists):
        raise typer.Exit(status)
