"""`rideflow deploy` and `rideflow synth`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from local.commands.market import FurtherMarkets, use
from local.commands.output import console, failures_explained, running_stack


class StageName(StrEnum):
    """The stages of `infra/stages.py`."""

    LOCAL = "local"
    DEV = "dev"
    PROD = "prod"


Stage = Annotated[StageName, typer.Option("--stage", help="Which stage's values the templates get.")]


def deploy(stage: Stage = StageName.LOCAL, markets: FurtherMarkets = None) -> None:
    """Deploy the CDK app: to the running local stack, or to the AWS account of the current credentials.

    The stacks are the same for every stage; `infra/stages.py` holds the values that differ. For dev and prod, account
    and region are those of AWS_PROFILE (or of the usual AWS_* variables), bootstrapped once with
    `node_modules/.bin/cdk bootstrap`.
    """
    from local import cdk

    use(markets)
    with failures_explained():
        if stage is StageName.LOCAL:
            _deploy_local()
        elif status := cdk.deploy_aws(stage.value):
            raise typer.Exit(status)


def synth(
    stage: Stage = StageName.LOCAL,
    out: Annotated[Path, typer.Option("--out", help="The folder for the templates and their assets.")] = Path(
        "cdk.out"
    ),
    markets: FurtherMarkets = None,
) -> None:
    """Write the CloudFormation templates of a stage. Needs no AWS account, no credentials and no network."""
    from local import cdk
    from local.paths import APP

    use(markets)
    with failures_explained():
        cdk.synth(APP, out.resolve(), {"stage": stage.value} | cdk.further_markets())
    for template in sorted(out.glob("*.template.json")):
        console.print(str(template), highlight=False)


def _deploy_local() -> None:
    from local.commands.progress import Progress
    from local.deploy import deploy_local, introduce_stripe, one_at_a_time, synth_local
    from local.paths import APP, STACK
    from local.steps import step

    record = running_stack()
    with one_at_a_time(STACK), Progress(console) as progress:
        with step("Templates", progress.report):
            synth_local(record, APP, STACK)
        with step("Deploy", progress.report) as detail:
            introduce_stripe(deploy_local(record, STACK, detail))
