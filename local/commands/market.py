"""`rideflow market …`: the markets of this checkout, and those of other folders."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from local.cdk import MARKETS_VARIABLE
from local.commands.output import console, errors, fail

if TYPE_CHECKING:
    from local.market_files import Difference
    from rideflow.markets.model import Market

app = typer.Typer(no_args_is_help=True, help="List, validate, compare and make markets: docs/markets.md.")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
FurtherMarkets = Annotated[
    Path | None,
    typer.Option(
        "--markets",
        envvar=MARKETS_VARIABLE,
        metavar="FOLDER",
        help="A folder of further markets' folders, beside those of the checkout.",
        exists=True,
        file_okay=False,
        resolve_path=True,
        show_default=False,
    ),
]


def use(markets: Path | None) -> None:
    """Set the folder of further markets for this process and all that it starts, such as the detached stack."""
    import os

    if markets is not None:
        os.environ[MARKETS_VARIABLE] = str(markets)


@app.command("list")
def list_(markets: FurtherMarkets = None, *, as_json: AsJson = False) -> None:
    """Each market with its zones, products, currency and time zone, and the names of its terms and rates."""
    from infra.markets import faults
    from infra.markets.folders import MARKETS, market_folders
    from rideflow.markets.loading import market_in

    _refuse(faults(markets))
    folders = [*market_folders(MARKETS), *(() if markets is None else market_folders(markets))]
    rows = [_row(market_in(folder)) for folder in folders]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        console.print(_line(row), highlight=False, soft_wrap=True)


@app.command()
def validate(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER",
            help="The folder of a market, or of several; without it, the checkout's.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Print every fault of the markets, file by file; exit status 1 if there is one.

    A folder is judged together with the checkout's markets: no zone may overlap another, and ids are used once.
    """
    from infra.markets import MARKETS, faults, market_folders
    from rideflow.markets.loading import market_in

    if folder is not None and not folder.is_dir():
        raise fail(f"{folder} is no folder.")
    _refuse(faults(folder))
    for each in market_folders(MARKETS if folder is None else folder):
        console.print(f"[green]✓[/green] {_line(_row(market_in(each)))}", highlight=False, soft_wrap=True)


@app.command()
def diff(
    one: Annotated[str, typer.Argument(metavar="A", help="A market's name, or its folder.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Another one's.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show the differences between two markets, file by file: the value of the first, then that of the second."""
    from local.market_files import MarketFilesError, differences, folder_of

    try:
        found = differences(folder_of(one), folder_of(other))
    except MarketFilesError as error:
        raise fail(str(error)) from None
    if as_json:
        print(json.dumps({file: [_told(each) for each in differs] for file, differs in found.items()}, indent=2))
        return
    for file, differs in found.items():
        console.print(f"[bold]{file}[/bold]", highlight=False)
        for each in differs:
            console.print(f"  {each}", highlight=False, markup=False, soft_wrap=True)
    if not found:
        console.print("They are alike.")


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the market and its folder, such as new_york.")],
    origin: Annotated[str, typer.Option("--from", metavar="MARKET", help="The market to copy, or its folder.")],
    into: Annotated[
        Path | None,
        typer.Option(
            "--into", metavar="FOLDER", help="Where the folder is made; else beside the checkout's.", file_okay=False
        ),
    ] = None,
) -> None:
    """Make a market's folder by copying another one's, and list what must be edited.

    The copy cannot be deployed as it is: its areas lie where those of the original lie.
    """
    from infra.markets import MARKETS
    from local.market_files import MarketFilesError, folder_of, new_market
    from local.paths import command

    try:
        folder = new_market(name, folder_of(origin), into or MARKETS)
    except MarketFilesError as error:
        raise fail(str(error)) from None
    console.print(f"{folder} is a copy of {origin}. Edit it:", highlight=False, soft_wrap=True)
    for file, what in _TO_EDIT.items():
        console.print(f"  {file:<14} {what}", highlight=False, soft_wrap=True)
    console.print(
        f"The areas still lie on those of {origin}: until they are moved, "
        f"`{command(f'market validate {folder}')}` refuses the market.",
        highlight=False,
        soft_wrap=True,
    )


_TO_EDIT = {
    "market.json": "name, country, currency, time zone, languages, classes of vehicle, the map's view and ground",
    "areas.geojson": "where the zones, blackout areas and queues lie, their ids and names",
    "products.json": "what riders can order, and which classes of vehicle serve it",
    "rates.json": "prices, in minor units of the currency",
    "rules.json": "fees in minor units of the currency; times and distances",
    "terms.json": "holds, the driver's share",
    "travel.json": "detour and speeds; take `recorded_trips` out if no trips were recorded",
    "matching.json": "how far drivers are looked for, which matches wait",
    "documents.json": "what is asked of vehicles",
}


def _refuse(found: list[str]) -> None:
    """Print the faults, if there are any, and raise the exit of the command."""
    for fault in found:
        errors.print(fault, highlight=False, markup=False, soft_wrap=True)
    if found:
        raise typer.Exit(1)


def _row(market: "Market") -> dict[str, Any]:
    from rideflow.markets.versions import version_of

    return {
        "id": market.id,
        "name": market.name,
        "zones": list(market.zone_ids),
        "products": list(market.products),
        "vehicle_classes": list(market.vehicle_classes),
        "currency": market.currency,
        "time_zone": market.time_zone,
        "country": market.country,
        "languages": list(market.languages),
        "terms_version": version_of("terms", market.terms),
        "rates_versions": {product: version_of("rates", rate) for product, rate in market.rates.items()},
    }


def _line(row: dict[str, Any]) -> str:
    products = (f"{product} by {version}" for product, version in row["rates_versions"].items())
    parts = [row["name"], f"zones {', '.join(row['zones'])}", f"products {', '.join(products)}", row["terms_version"]]
    return f"{row['id']}: {'; '.join([*parts, row['currency'], row['time_zone']])}"


def _told(difference: "Difference") -> dict[str, Any]:
    told = {"path": difference.path}
    told |= {"a": difference.one} if difference.in_one else {}
    return told | ({"b": difference.other} if difference.in_other else {})
