"""`rideflow rotate`: Stripe's keys are replaced while rides go on."""

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from local.commands.output import console, fail, refuse_without_effect, running_stack
from local.commands.stages import StageName, TheStage, cloud_of, failures_explained, line
from local.wording import counted

app = typer.Typer(
    name="rotate",
    no_args_is_help=True,
    help="Replace Stripe's keys while rides go on. The new one is asked for, or read from standard input.",
)


@app.command(name="stripe-webhook")
def stripe_webhook(
    finish: Annotated[
        bool, typer.Option("--finish", help="Refuse the former secrets, once Stripe has stopped signing by them.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Finish without a question.")] = False,
    stage: TheStage = StageName.LOCAL,
) -> None:
    """Take a new signing secret of the webhook beside the present one.

    First roll the secret in Stripe's dashboard (Developers, Webhooks, the endpoint) and let the old one expire in a
    while; then run this with the new one; and when the old one has expired, run it with --finish, which shows the last
    letters of what stays and of what goes. No webhook is lost: functions accept both, and Stripe repeats what was
    refused meanwhile.
    """
    from local.rotating import StripeKeys

    if not finish:
        refuse_without_effect("Without --finish there is no question", {"--yes": yes})
    keys = StripeKeys(cloud_of(stage))
    with failures_explained():
        if finish:
            removed = keys.finish_webhook(lambda stays, go: yes or _agreed(stays, go))
            console.print(f"{counted(removed, 'former secret')} removed; functions refuse them within five minutes.")
            return
        if not keys.begin_webhook(_asked_for("New signing secret")):
            console.print("That is the present secret: nothing is changed. The new one is in Stripe's dashboard.")
            return
    again = line("rotate stripe-webhook --finish", stage)
    console.print(f"Both secrets are accepted. When the old one has expired at Stripe: `{again}`", highlight=False)


@app.command(name="stripe-key")
def stripe_key(stage: TheStage = StageName.LOCAL) -> None:
    """Call Stripe by a new secret key.

    First roll the key in Stripe's dashboard (Developers, API keys) and let the old one expire in a while; then run this
    with the new one, which Stripe is asked about first: whether it may write what functions write, and whether it knows
    a rider of the stage. Functions take it when Stripe refuses the old one, and within five minutes otherwise.
    """
    from local.rotating import StripeKeys, probe_at

    keys = StripeKeys(cloud_of(stage))
    with failures_explained():
        is_compared = keys.replace_api_key(_asked_for("New secret key"), probe_at(_stripe(stage)))
    console.print("Functions call Stripe by the new key.", highlight=False)
    if not is_compared:
        console.print("No rider has a card yet, so it is not known whether the key is of the same account of Stripe.")


def _agreed(stays: str, go: Sequence[str]) -> bool:
    console.print(f"{stays} stays. Refused from now on: {', '.join(go)}", highlight=False)
    return typer.confirm("Has Stripe stopped signing by them?")


def _stripe(stage: StageName) -> str:
    if stage is StageName.LOCAL:
        return running_stack().stripe_url
    from local.record import STRIPE_ITSELF

    return STRIPE_ITSELF


def _asked_for(what: str) -> str:
    """Never an argument: a shell keeps those in its history."""
    given = typer.prompt(what, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not (secret := str(given).strip()):
        raise fail(f"{what}: nothing was given.")
    return secret
