"""`rideflow deploy` and `rideflow synth`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from local.commands.console import build_console, origin_of, publish_to
from local.commands.market import FurtherMarkets, use
from local.commands.output import console, running_stack
from local.commands.release import carry_out, refuse_while_one_arrives
from local.commands.stages import StageName, TheStage, cloud_of, failures_explained

if TYPE_CHECKING:
    from local.cloud import Cloud


def deploy(
    stage: TheStage = StageName.LOCAL,
    markets: FurtherMarkets = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Deploy to AWS without questions, also if rights of functions change.")
    ] = False,
) -> None:
    """Deploy the CDK app: to the running local stack, or to the AWS account of the current credentials.

    The stacks are the same for every stage; `infra/stages.py` holds the values that differ. For dev and prod, account
    and region are those of AWS_PROFILE (or of the usual AWS_* variables). What the account lacks is told first, and
    the account is bootstrapped for the CDK if it is not. A first deploy makes Aurora and Redis, which takes AWS tens
    of minutes; a later one changes what was changed. Callers meet the new code when it is released, which comes last:
    see `release`. The web console is published after that.
    """
    use(markets)
    with failures_explained():
        build_console()
        if stage is StageName.LOCAL:
            _deploy_local()
        else:
            _deploy_aws(stage, asks=not yes)


def synth(
    stage: TheStage = StageName.LOCAL,
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


def _deploy_aws(stage: StageName, *, asks: bool) -> None:
    from local import cdk
    from local.account import look_at

    cloud = cloud_of(stage)
    account = look_at(cloud, cdk.sender(stage.value))
    console.print(f"Stage {stage.value} in account {account.number}, {account.region}", highlight=False)
    refuse_while_one_arrives(cloud)
    for finding in account.findings:
        console.print(f"[yellow]![/yellow] {escape(finding)}", highlight=False, soft_wrap=True)
    if not account.is_bootstrapped:
        console.print("The account is bootstrapped for the CDK first: a bucket, a registry and roles.", highlight=False)
    if asks:
        typer.confirm("Deploy?", abort=True)
    began = datetime.now(UTC)
    if not account.is_bootstrapped and (status := cdk.bootstrap_aws(account.number, account.region)):
        raise typer.Exit(status)
    _unprotect_failed(cloud)
    _deploy_stacks(cloud, asks=asks)
    carry_out(stage, began)
    publish_to(stage)


def _deploy_stacks(cloud: "Cloud", *, asks: bool) -> None:
    """All stacks; then the API's once more, if CloudFront has named the console just now.

    The console's headers name the API, so the API is made first, and learns by a second deploy whose pages may call it.
    A console with a name of the stage's own domain needs none.
    """
    from local import cdk

    known = origin_of(cloud)
    if status := cdk.deploy_aws(cloud.stage, asks=asks, console_origin=known):
        raise typer.Exit(status)
    named = origin_of(cloud)
    if named != known and (status := cdk.deploy_aws(cloud.stage, asks=asks, console_origin=named, only="api")):
        raise typer.Exit(status)


def _unprotect_failed(cloud: "Cloud") -> None:
    from local import failed_stacks

    for name in failed_stacks.unprotect(cloud):
        console.print(
            f"The first creation of {name} failed: its termination protection is taken off, and it is made anew. "
            "If it cannot be deleted, see docs/running.md, A first deploy that failed.",
            highlight=False,
            soft_wrap=True,
        )


def _deploy_local() -> None:
    from local.commands.progress import Progress
    from local.deploy import deploy_local, introduce_stripe, one_at_a_time, publish_console, release_local, synth_local
    from local.paths import APP, STACK
    from local.steps import step

    record = running_stack()
    with one_at_a_time(STACK), Progress(console) as progress:
        with step("Templates", progress.report):
            synth_local(record, APP, STACK)
        with step("Deploy", progress.report) as detail:
            record = deploy_local(record, STACK, detail)
            introduce_stripe(record)
        with step("Release", progress.report) as detail:
            release = release_local(record, detail)
        with step("Console", progress.report):
            publish_console(record)
    console.print(f"{release} is live.", highlight=False)
