"""Problem documents as schemas: the codes of each status, and the further members of each error."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any, NotRequired, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter

from rideflow.kernel.errors import DomainError
from rideflow.kernel.problems import problem
from tools.contracts.program import Program
from tools.contracts.raising import Cause, Told, problem_key
from tools.contracts.schemas import REFERENCE, Json, lift, put

_COMMON: Json = {
    "type": {"type": "string", "description": "A URN made of the code", "examples": ["urn:rideflow:problem:conflict"]},
    "title": {"type": "string", "description": "The status in words"},
    "detail": {"type": "string", "description": "What was wrong, for the person who uses the app"},
    "errors": {
        "type": "array",
        "description": "The fields at fault, where there are any",
        "items": {"$ref": "#/components/schemas/FieldProblem"},
    },
}
FIELD_PROBLEM: Json = {
    "type": "object",
    "title": "FieldProblem",
    "description": "What is wrong with one field of the request.",
    "required": ["field", "code", "detail"],
    "properties": {
        "field": {"type": "string", "description": "Its path", "examples": ["pickup.lat"]},
        "code": {"type": "string", "examples": ["missing"]},
        "detail": {"type": "string"},
    },
}


def schema(causes: Iterable[Cause], program: Program, schemas: dict[str, Json], **more: Json) -> Json:
    """The schema of the problem for any of these causes, with each further member typed.

    Members that not every cause has are optional. `more` are members of every one.
    """
    causes = sorted(causes, key=_by_error_first)
    by_key = {problem_key(each) for each in causes}
    told = [members(cause, program, schemas) for cause in causes]
    properties: Json = {
        "type": _COMMON["type"],
        "title": _COMMON["title"],
        "status": {"type": "integer", "enum": sorted({status for status, _ in by_key})},
        "code": {"type": "string", "enum": sorted({code for _, code in by_key})},
        "detail": _COMMON["detail"],
        "errors": _COMMON["errors"],
        **more,
    }
    for name in sorted({name for each in told for name in each}):
        kinds = [each[name][0] for each in told if name in each]
        distinct = [kind for number, kind in enumerate(kinds) if kind not in kinds[:number]]
        properties[name] = distinct[0] if len(distinct) == 1 else {"anyOf": distinct}
    always = [name for name in properties if all(name in each and each[name][1] for each in told)]
    required = ["type", "title", "status", "code", "detail", *more, *sorted(set(always) - set(more))]
    return {"type": "object", "required": list(dict.fromkeys(required)), "properties": properties}


def description(causes: Iterable[Cause]) -> str:
    """Each code with its meaning, in the words of the error's docstring."""
    meanings: dict[str, str] = {}
    for cause in sorted(causes, key=_by_error_first):
        status, code = problem_key(cause)
        text = cause.__doc__ if isinstance(cause, type) else problem(status, code, "")["title"] + "."
        meanings.setdefault(code, " ".join((text or "").split()))
    return "\n".join(f"- `{code}`: {meaning}" for code, meaning in sorted(meanings.items()))


def members(cause: Cause, program: Program, schemas: dict[str, Json]) -> dict[str, tuple[Json, bool]]:
    """The members that the error's `Members` types: the schema, and whether the member is always present."""
    if isinstance(cause, Told):
        return {}
    found = {}
    for name, hint in get_type_hints(cause.Members, None, namespace(cause, program), include_extras=True).items():
        optional = get_origin(hint) is NotRequired
        adapter = TypeAdapter[Any](get_args(hint)[0] if optional else hint)
        found[name] = (_shared(lift(adapter.json_schema(ref_template=REFERENCE), schemas), schemas), not optional)
    return found


def _shared(schema: Json, schemas: dict[str, Json]) -> Json:
    """An enum that has a name stands among the shared schemas."""
    if "enum" not in schema or "title" not in schema:
        return schema
    put(schemas, schema["title"], schema)
    return {"$ref": REFERENCE.format(model=schema["title"])}


def namespace(error: type[DomainError], program: Program) -> dict[str, Any]:
    """The names of the error's module, and those that it imports for type checkers alone."""
    names = dict(vars(sys.modules[error.__module__]))
    for name, full_name in program.modules[error.__module__].imports.items():
        module, _, last = full_name.rpartition(".")
        names.setdefault(name, getattr(import_module(module), last, None))
    return names


def _by_error_first(cause: Cause) -> tuple[int, str, bool]:
    return (*problem_key(cause), isinstance(cause, Told))
