"""Parameters of endpoints. Each is declared with its parser; any other parameter is refused, as Stripe does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from stripe_double.errors import invalid, missing, one_of

type Reader = Callable[[str, Any], Any]

MOST_METADATA_KEYS = 50
LONGEST_METADATA_KEY = 40
LONGEST_METADATA_VALUE = 500


@dataclass(frozen=True, slots=True)
class Parameter:
    """`read` turns the form's text into a value or raises; `required` ones must be present and not empty."""

    read: Reader
    required: bool = False


type Specification = Mapping[str, Parameter]


def required(parameter: Parameter) -> Parameter:
    return replace(parameter, required=True)


def parse(specification: Specification, given: Mapping[str, Any], within: str = "") -> dict[str, Any]:
    """The given parameters, parsed. Absent ones stay absent, so that a handler can tell unset from emptied."""
    for name in given:
        if name not in specification:
            shown = _inside(within, name)
            raise invalid(f"Received unknown parameter: {shown}", code="parameter_unknown", param=shown)
    read = {name: specification[name].read(_inside(within, name), raw) for name, raw in given.items()}
    for name, parameter in specification.items():
        if parameter.required and read.get(name) is None:
            raise missing(_inside(within, name))
    return read


def _inside(within: str, name: str) -> str:
    return f"{within}[{name}]" if within else name


def _scalar(name: str, raw: Any) -> str:
    if not isinstance(raw, str):
        raise invalid(f"Invalid string: {raw}", param=name)
    return raw


def text(longest: int = 5000) -> Parameter:
    """Text; an empty one unsets."""

    def read(name: str, raw: Any) -> str | None:
        value = _scalar(name, raw)
        if len(value) > longest:
            message = f"Invalid string: {value[:20]}…; must be at most {longest} characters"
            raise invalid(message, code="parameter_invalid_string_length", param=name)
        return value or None

    return Parameter(read)


def integer(least: int | None = None, most: int | None = None) -> Parameter:
    def read(name: str, raw: Any) -> int | None:
        value = _scalar(name, raw)
        if not value:
            return None
        try:
            number = int(value)
        except ValueError:
            raise invalid(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name) from None
        if least is not None and number < least:
            message = f"This value must be greater than or equal to {least}."
            raise invalid(message, code="parameter_invalid_integer", param=name)
        if most is not None and number > most:
            message = f"This value must be less than or equal to {most}."
            raise invalid(message, code="parameter_invalid_integer", param=name)
        return number

    return Parameter(read)


def boolean() -> Parameter:
    def read(name: str, raw: Any) -> bool:
        value = _scalar(name, raw)
        if value not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value}", param=name)
        return value == "true"

    return Parameter(read)


def choice(*words: str) -> Parameter:
    def read(name: str, raw: Any) -> str | None:
        value = _scalar(name, raw)
        if value and value not in words:
            raise invalid(f"Invalid {name}: must be one of {one_of(words)}", param=name)
        return value or None

    return Parameter(read)


def mapping(**fields: Parameter) -> Parameter:
    def read(name: str, raw: Any) -> dict[str, Any] | None:
        if raw == "":
            return None
        if not isinstance(raw, dict):
            raise invalid(f"Invalid object: {name}", param=name)
        return parse(fields, raw, within=name)

    return Parameter(read)


def list_of(item: Parameter) -> Parameter:
    def read(name: str, raw: Any) -> list[Any]:
        if raw == "":
            return []
        if not isinstance(raw, list):
            raise invalid(f"Invalid array: {name}", param=name)
        return [item.read(f"{name}[{position}]", each) for position, each in enumerate(raw)]

    return Parameter(read)


def anything() -> Parameter:
    """A parameter that is accepted as Stripe accepts it, and kept unparsed."""
    return Parameter(lambda _name, raw: raw)


def metadata() -> Parameter:
    return Parameter(_metadata)


def _metadata(name: str, raw: Any) -> dict[str, str] | None:
    """None empties all; an empty value removes its key."""
    if raw == "":
        return None
    if isinstance(raw, list):  # a form whose keys are all digits was decoded as a list
        raw = {str(position): value for position, value in enumerate(raw)}
    if not isinstance(raw, dict) or not all(isinstance(value, str) for value in raw.values()):
        raise invalid(f"Invalid object: {name}. Metadata values must be strings.", param=name)
    if len(raw) > MOST_METADATA_KEYS:
        raise invalid(f"Metadata can have at most {MOST_METADATA_KEYS} keys.", param=name)
    for key, value in raw.items():
        if len(key) > LONGEST_METADATA_KEY or len(value) > LONGEST_METADATA_VALUE:
            message = f"Metadata keys can be {LONGEST_METADATA_KEY} characters, values {LONGEST_METADATA_VALUE}."
            raise invalid(message, param=f"{name}[{key}]")
    return raw


def merged_metadata(kept: dict[str, str], given: dict[str, str] | None) -> dict[str, str]:
    if given is None:
        return {}
    return {key: value for key, value in (kept | given).items() if value}


def currency_code(name: str, raw: Any) -> str | None:
    """A reader of currencies, which Stripe takes in capitals too."""
    value: str | None = text(3).read(name, raw)
    return value.lower() if value else None


ADDRESS = mapping(city=text(), country=text(), line1=text(), line2=text(), postal_code=text(), state=text())
SPAN = mapping(gt=integer(), gte=integer(), lt=integer(), lte=integer())


def moment() -> Parameter:
    """A time (seconds since 1970) or a span of them, as list endpoints filter `created`."""

    def read(name: str, raw: Any) -> dict[str, int]:
        if isinstance(raw, str):
            return {"gte": (exact := integer().read(name, raw)), "lte": exact}
        return dict(SPAN.read(name, raw) or {})

    return Parameter(read)


LIMIT = integer(1, 100)
"""Source: https://docs.stripe.com/api/pagination."""

CURSOR: Specification = {"limit": LIMIT, "starting_after": text(), "ending_before": text()}
PAGE: Specification = {**CURSOR, "created": moment()}
