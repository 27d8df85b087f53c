"""`rideflow ride`: one ride with its money, played through the public API."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from local.commands.output import console, fail, refuse_unwritable, refuse_without_effect, running_stack
from local.commands.progress import Progress
from local.commands.stages import StageName, TheStage, cloud_of, failures_explained

if TYPE_CHECKING:
    from local.cloud import Cloud
    from local.rotating import StripeKeys
    from local.synthetic import Synthetic
    from rideflow.kernel.geo import Point
    from simulation.one_ride import People


def ride(
    stage: TheStage = StageName.LOCAL,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Sign up the two people of a stage on AWS, once; asks for their codes.")
    ] = False,
    pickup: Annotated[str | None, typer.Option(metavar="LAT,LNG", help="Where the ride begins.")] = None,
    dropoff: Annotated[str | None, typer.Option(metavar="LAT,LNG", help="Where it ends.")] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the result to this file.")] = None,
) -> None:
    """Play one ride by two synthetic people, and verify its money: the receipt is what Stripe captured.

    Exit status 0 only if everything went through: it judges a deploy, and verifies that the product works after an
    alarm. The people are signed up once and kept in the secret `rideflow/STAGE/synthetic`; on the local stack that
    happens by itself. With a live key of Stripe a real card is charged: docs/running.md says what that needs.
    """
    from local.steps import step
    from local.synthetic import DROPOFF, PICKUP
    from simulation.one_ride import RideFailedError

    if prepare:
        of_rides = {"--pickup": pickup, "--dropoff": dropoff, "--json": json_out}
        refuse_without_effect("--prepare plays no ride", of_rides)
    refuse_unwritable("--json", json_out)
    way = _point("--pickup", pickup, PICKUP), _point("--dropoff", dropoff, DROPOFF)
    cloud = cloud_of(stage)
    with failures_explained():
        if prepare:
            _prepare(cloud)
            return
        synthetic = _synthetic(cloud, stage)
        try:
            with Progress(console) as progress, step("Ride", progress.report) as told:
                played = synthetic.ride(way, told)
        except RideFailedError as error:
            raise fail(str(error)) from None
    parts = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in played.seconds.items())
    console.print(
        f"Trip {played.trip_id} is paid: {played.captured_minor / 100:.2f} at Stripe. {parts}", highlight=False
    )
    if json_out is not None:
        json_out.write_text(json.dumps(played.summary(), indent=2) + "\n", encoding="utf-8")


class AskedMailbox:
    """The person who runs the command reads the mail."""

    async def code_for(self, email: str) -> str:
        return str(typer.prompt(f"The code that was mailed to {email}"))


def _prepare(cloud: "Cloud") -> None:
    from local.rotating import StripeKeys
    from local.synthetic import TEST_CARD, synthetic_on_aws

    if cloud.stage == StageName.LOCAL:
        raise fail("On the local stack the people are prepared by themselves.")
    synthetic, pool = synthetic_on_aws(cloud), cloud.outputs("identity")["UserPoolId"]
    if synthetic.people() is not None:
        raise fail(f"The people of synthetic rides are signed up already. {synthetic.to_begin_anew}")
    keys = StripeKeys(cloud)
    is_test = keys.is_test_key()
    people = synthetic.begun() or _begun(synthetic, keys)
    synthetic.finish(AskedMailbox(), people, pool, TEST_CARD if is_test else None)
    console.print(f"{people.rider_email} and {people.driver_email} are signed up.", highlight=False)
    if not is_test:
        console.print("Stripe's key is a live one: sign in as the rider and add a card, which rides are charged to.")


def _begun(synthetic: "Synthetic", keys: "StripeKeys") -> "People":
    emails = typer.prompt("The rider's e-mail address"), typer.prompt("The driver's e-mail address")
    if emails[0].lower() == emails[1].lower():
        raise fail("Rider and driver are two accounts: they need two addresses.")
    key = typer.prompt(
        "A restricted key of Stripe that may read PaymentIntents and write SetupIntents", hide_input=True
    )
    keys.refuse_unlike(key)
    return synthetic.begin(emails, key)


def _synthetic(cloud: "Cloud", stage: StageName) -> "Synthetic":
    from local.synthetic import synthetic_here, synthetic_on_aws

    return synthetic_here(cloud, running_stack()) if stage is StageName.LOCAL else synthetic_on_aws(cloud)


def _point(option: str, text: str | None, otherwise: "Point") -> "Point":
    from rideflow.kernel.geo import Point

    if text is None:
        return otherwise
    latitude, _, longitude = text.partition(",")
    try:
        return Point(lat=float(latitude), lng=float(longitude))
    except ValueError:
        raise fail(f"{option}: {text} is no LAT,LNG, such as 37.7749,-122.4194.") from None
