"""The web console in commands: its build, its address, and its files in a stage's bucket."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from local.commands.output import console
from local.commands.stages import StageName, cloud_of, failures_explained, line
from local.console.basemaps import BASEMAP_VARIABLE

if TYPE_CHECKING:
    from local.cloud import Cloud

Basemap = Annotated[
    Path | None,
    typer.Option(
        "--basemap",
        envvar=BASEMAP_VARIABLE,
        metavar="FOLDER",
        help="A folder of GeoJSON files that the console's map of the first market shows as its ground.",
        exists=True,
        file_okay=False,
        resolve_path=True,
        show_default=False,
    ),
]


def use_basemap(folder: Path | None) -> None:
    """Set the folder for this process and all that it starts, such as the detached stack. Empty ones are refused."""
    import os

    from local.console.basemaps import files_of

    if folder is not None:
        with failures_explained():
            files_of(folder)
        os.environ[BASEMAP_VARIABLE] = str(folder)


def build_console() -> None:
    """Build it if a source of it has changed since `make setup`. Costs the reading of its sources if none has."""
    from local import setup
    from local.console.files import ConsoleError

    try:
        setup.make(setup.console())
    except setup.SetupError as error:
        raise ConsoleError(f"The console cannot be built: {error}") from None


def origin_of(cloud: "Cloud") -> str | None:
    """The origin of the console that is deployed; None if none is."""
    url = _url(cloud)
    if url is None:
        return None
    address = urlsplit(url)
    return f"{address.scheme}://{address.netloc}"


def _url(cloud: "Cloud") -> str | None:
    from local.cloud import CloudError

    try:
        return cloud.outputs("console").get("ConsoleUrl")
    except CloudError:  # there is no such stack, or none yet
        return None


def publish_to(stage: StageName) -> None:
    """Publish what is built, once the release that it was made with answers. Without a console's stack: nothing."""
    from local.commands.progress import Progress
    from local.steps import step

    with failures_explained(f"The release is live. `{line('release', stage)}` publishes the console again."):
        cloud = cloud_of(stage)
        if _url(cloud) is None:
            return
        build_console()
        with Progress(console) as progress, step("Console", progress.report):
            url = _publish_locally() if stage is StageName.LOCAL else _publish(cloud)
    console.print(f"The console is at {url}", highlight=False, soft_wrap=True)


def _publish_locally() -> str:
    from local.commands.output import running_stack
    from local.deploy import publish_console

    record = running_stack()
    publish_console(record)
    return record.console_url


def _publish(cloud: "Cloud") -> str:
    from local import cdk
    from local.console.content import StripeForBrowsers
    from local.console.publishing import publish
    from local.paths import CONSOLE_BUILD

    stripe = StripeForBrowsers(cdk.publishable_key(cloud.stage))
    return publish(cloud, CONSOLE_BUILD, stripe=stripe, further_markets=cdk.further_folder())
