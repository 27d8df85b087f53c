"""The files of a market's folder: they are read and checked against their schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from infra.markets.basemaps import Basemap, faults_of_folder
from infra.markets.codes import Country, Currency, Language, TimeZone
from rideflow.kernel.vehicles import VehicleClass
from rideflow.markets.documents import Documents
from rideflow.markets.matching import Matching
from rideflow.markets.products import Products
from rideflow.markets.rates import Rates
from rideflow.markets.rules import Rules
from rideflow.markets.terms import Terms
from rideflow.markets.travel import Travel

type Json = Any

AREAS = "areas.geojson"
MARKET = "market.json"


class FileFaultError(ValueError):
    """Why the file cannot be read."""


def _each_once(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("one is named twice")
    return names


class View(BaseModel):
    """Where a map of the market begins: its middle, and the zoom of Web Mercator."""

    model_config = ConfigDict(extra="forbid", strict=True)

    lat: Annotated[float, Field(ge=-85, le=85)]
    lng: Annotated[float, Field(ge=-180, le=180)]
    zoom: Annotated[float, Field(ge=0, le=18)]


class MarketFile(BaseModel):
    """`market.json`. The id is that of the folder."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=40)]
    name: Annotated[str, Field(min_length=1, pattern=r"\S")]
    country: Country
    currency: Currency
    time_zone: TimeZone
    languages: Annotated[list[Language], Field(min_length=1), AfterValidator(_each_once)]
    vehicle_classes: Annotated[list[VehicleClass], Field(min_length=1), AfterValidator(_each_once)]
    basemap: Basemap | None = None
    view: View | None = None


SECTIONS: Mapping[str, type[BaseModel]] = {
    MARKET: MarketFile,
    "products.json": Products,
    "rates.json": Rates,
    "rules.json": Rules,
    "terms.json": Terms,
    "travel.json": Travel,
    "matching.json": Matching,
    "documents.json": Documents,
}
"""Every file of a market but its areas."""


def read_json(path: Path, **decoding: Any) -> Json:
    """Raises `FileFaultError`: the file is missing, is no JSON, or names a member twice."""
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_each_member_once, **decoding)
    except FileNotFoundError:
        raise FileFaultError("is missing") from None
    except json.JSONDecodeError as error:
        raise FileFaultError(f"line {error.lineno}: is no JSON: {error.msg} at column {error.colno}") from None
    except (UnicodeDecodeError, OSError) as error:
        raise FileFaultError(f"is no JSON: {error}") from None


def sections_of(folder: Path, found: list[str]) -> dict[str, Json]:
    """The documents without faults, by file name; the faults of the others go to `found`."""
    documents: dict[str, Json] = {}
    for file, schema in SECTIONS.items():
        try:
            document = read_json(folder / file)
            schema.model_validate_json(json.dumps(document))
        except FileFaultError as fault:
            found.append(f"{folder.name}/{file}: {fault}")
        except ValidationError as error:
            found += [f"{folder.name}/{file}: {fault}" for fault in _faults(error)]
        else:
            documents[file] = document
    return documents


def faults_between(folder: Path, documents: Mapping[str, Json]) -> Iterator[str]:
    """Contradictions between the files that have no fault of their own."""
    market, products, rates = (documents.get(file) for file in (MARKET, "products.json", "rates.json"))
    if market is not None and market["id"] != folder.name:
        yield f"{folder.name}/{MARKET}: id: the folder of {market['id']!r} is to be named {market['id']}"
    if market is not None:
        yield from (f"{folder.name}/{fault}" for fault in faults_of_folder(folder, market.get("basemap")))
    if products is None:
        return
    if market is not None:
        yield from (f"{folder.name}/{fault}" for fault in _class_faults(market, products))
    for product in products["products"]:
        if rates is not None and product not in rates["products"]:
            yield f"{folder.name}/products.json: products.{product}: has no rates in rates.json"
    for product in rates["products"] if rates is not None else ():
        if product not in products["products"]:
            yield f"{folder.name}/rates.json: products.{product}: there is no such product in products.json"


def _class_faults(market: Json, products: Json) -> Iterator[str]:
    """How products and vehicle classes lie to each other."""
    serving: set[str] = set()
    for product_id, product in products["products"].items():
        own, upgrades = product["served_by"], product.get("upgrades", [])
        serving.update(own, upgrades)
        for member, classes in (("served_by", own), ("upgrades", upgrades)):
            for each in classes:
                if each not in market["vehicle_classes"]:
                    yield f"products.json: products.{product_id}.{member}: {each!r} is no vehicle class of {MARKET}"
        for each in upgrades:
            if each in own:
                yield f"products.json: products.{product_id}.upgrades: {each!r} serves the product anyway"
    for each in market["vehicle_classes"]:
        if each not in serving:
            yield f"{MARKET}: vehicle_classes: {each!r} serves no product of products.json"


def _faults(error: ValidationError) -> Iterator[str]:
    """Everything pydantic found, each with its path."""
    for each in error.errors():
        path = ".".join(str(part) for part in each["loc"])
        match each["type"]:
            case "extra_forbidden":
                said = "is unknown"
            case "missing":
                said = "is missing"
            case _:
                said = each["msg"].removeprefix("Value error, ")
        yield f"{path}: {said}" if path else said


def _refuse_constant(name: str) -> NoReturn:
    raise FileFaultError(f"has {name}, which is no number in JSON")


def _each_member_once(members: list[tuple[str, Json]]) -> dict[str, Json]:
    document = dict(members)
    if len(document) < len(members):
        names = [name for name, _ in members]
        raise FileFaultError(f"names {next(name for name in names if names.count(name) > 1)!r} twice in one object")
    return document
