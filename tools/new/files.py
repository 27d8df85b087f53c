"""The files of an operation: five new ones, and a line in each of four."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from string import Template
from typing import Any

from tools.new.operation import Operation

_TEMPLATES = Path(__file__).parent / "templates"
_LAYER = Path("layers/rideflow/python/rideflow")
_PEOPLE = {"rider": "RIDER", "driver": "DRIVER", "operator": "OPERATOR", "admin": "OPERATOR"}
_EXAMPLE_ID = "01998f2e-7b3a-7c1d-9e2f-3a4b5c6d7e04"


def written(root: Path, operation: Operation) -> list[Path]:
    """Write them all. Returns the paths of written and changed files, relative to the root."""
    texts = _texts(operation)
    context, name = operation.context, operation.name
    new = {
        Path(f"functions/{context}/{name}.py"): _filled("handler.py.txt", texts),
        _LAYER / context / f"{name}.py": _filled("use_case.py.txt", texts),
        Path(f"tests/functions/{context}/test_{name}.py"): _filled("test.py.txt", texts),
        Path(f"events/{context}/{name}.json"): _event(root, operation),
    }
    changed = {
        path: edited((root / path).read_text(encoding="utf-8"))
        for path, edited in (
            (_LAYER / context / "wiring.py", partial(_wired, texts=texts)),
            (Path(f"infra/contexts/{context}.py"), partial(_declared, operation=operation)),
            (Path(f"tests/functions/{context}/arguments.py"), partial(_handed_on, operation=operation, texts=texts)),
            (Path("tests/functions/test_permissions.py"), partial(_permitted, operation=operation)),
        )
    }
    for path, text in (new | changed).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return [*new, *changed]


def _texts(operation: Operation) -> dict[str, str]:
    """The values of the templates' placeholders."""
    ids = [f"{name}: UUID" for name in operation.parameters]
    request = [f"request: {operation.title}"] if operation.has_body else []
    given = [*operation.parameters, *(["request"] if operation.has_body else [])]
    person = operation.roles[0]
    return {
        "context": operation.context,
        "name": operation.name,
        "title": operation.title,
        "words": operation.words,
        "lower_words": operation.words.lower(),
        "method": operation.method,
        "verb": operation.method.lower(),
        "route": operation.route,
        "powertools_route": re.sub(r"\{(\w+)\}", r"<\1>", operation.route),
        "permission": operation.permission,
        "person": person,
        "PERSON": _PEOPLE[person],
        "uuid_import": "from uuid import UUID" if ids else "",
        "models": f"{operation.title}, {operation.title}View" if operation.has_body else f"{operation.title}View",
        "parameters": "".join(f"{each}, " for each in [*ids, *request]),
        "given": "".join(f", {each}" for each in given),
        "taken": "".join(f", {each}" for each in [*ids, *request]),
        "request_model": _filled("request.py.txt", {"title": operation.title}) if operation.has_body else "",
        "request_base": "Request, View" if operation.has_body else "View",
        "example_arguments": "".join(f", {each}" for each in _example_arguments(operation)),
    }


def _example_arguments(operation: Operation) -> Iterable[str]:
    """The arguments that the handler passes on for the example event's parameters and body."""
    yield from (f'UUID("{_EXAMPLE_ID}")' for _ in operation.parameters)
    if operation.has_body:
        yield f"{operation.title}()"


def _filled(template: str, texts: dict[str, str]) -> str:
    return Template((_TEMPLATES / template).read_text(encoding="utf-8")).substitute(texts)


def _event(root: Path, operation: Operation) -> str:
    """The example event as API Gateway sends it: another operation's example with this one's route and caller."""
    from rideflow.identity.model import shipped_roles

    event: dict[str, Any] = json.loads((root / "events/riders/get_profile.json").read_text(encoding="utf-8"))
    path = re.sub(r"\{\w+\}", _EXAMPLE_ID, operation.route)
    asked = {"httpMethod": operation.method, "path": path}
    event |= {
        **asked,
        "resource": operation.route,
        "pathParameters": dict.fromkeys(operation.parameters, _EXAMPLE_ID) or None,
        "body": "{}" if operation.has_body else None,
    }
    event["requestContext"] |= {**asked, "path": f"/live{path}", "resourcePath": operation.route}
    person = _person(root, operation.roles[0])
    event["requestContext"]["authorizer"] |= {
        "person_id": person,
        "principalId": person,
        "roles": operation.roles[0],
        "permissions": " ".join(shipped_roles().permissions_of([operation.roles[0]])),
    }
    return json.dumps(event, indent=2) + "\n"


def _person(root: Path, role: str) -> str:
    """The id of the tests' example person with the role."""
    people = (root / "tests/functions/people.py").read_text(encoding="utf-8")
    found = re.search(rf'^{_PEOPLE[role]} = UUID\("(.*)"\)$', people, re.MULTILINE)
    assert found, role
    return found[1]


def _wired(text: str, texts: dict[str, str]) -> str:
    """Build the use case as its neighbours are built, with its import for the type checker beside theirs."""
    model = f"    from rideflow.{texts['context']}.{texts['name']} import {texts['title']}UseCase\n"
    if "if TYPE_CHECKING:\n" in text:
        text = text.replace("if TYPE_CHECKING:\n", f"if TYPE_CHECKING:\n{model}", 1)
    else:
        lines = text.split("\n")
        last = max(number for number, line in enumerate(lines) if line.startswith(("import ", "from ")))
        head, tail = "\n".join(lines[: last + 1]), "\n".join(lines[last + 1 :])
        text = f"{head}\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n{model}\n{tail}"
    return f"{text.rstrip()}\n\n\n{_filled('wiring.py.txt', texts)}"


def _declared(text: str, operation: Operation) -> str:
    """Declare the operation after the context's other operations of the REST API."""
    line = f'    context.rest("{operation.method} {operation.route}", "{operation.name}", cloud.database)\n'
    others = list(re.finditer(r"^    context\.rest\([^\n]*\)\n", text, re.MULTILINE))
    at = others[-1].end() if others else len(text.rstrip()) + 1
    return text[:at] + line + text[at:]


def _handed_on(text: str, operation: Operation, texts: dict[str, str]) -> str:
    imports = [f"from tests.functions.people import {texts['PERSON']}"]
    if operation.parameters:
        imports.append("from uuid import UUID")
    if operation.has_body:
        imports.append(f"from rideflow.{operation.context}.{operation.name} import {operation.title}")
    case = f'    "{operation.name}": [leads_to(call("use_case.run", {texts["PERSON"]}'
    entry = f"{case}{texts['example_arguments']}))],\n"
    return _with_imports(_before_the_next(text, "HANDED_ON", operation.name, entry), imports)


def _permitted(text: str, operation: Operation) -> str:
    named = {
        frozenset({"rider", "driver", "operator", "admin"}): "EVERYBODY",
        frozenset({"operator", "admin"}): "STAFF",
    }
    roles = frozenset(operation.roles)
    may = named.get(roles) or " | ".join(role.upper() for role in operation.roles)
    return _before_the_next(text, "MAY", operation.key, f'    "{operation.key}": {may},\n')


def _before_the_next(text: str, table: str, key: str, entry: str) -> str:
    """Insert the entry at its place in a sorted table."""
    begins = re.compile(rf"^{table}\b.*\{{\n", re.MULTILINE).search(text)
    assert begins, table
    ends = text.index("\n}", begins.end() - 1) + 1
    at = next(
        (
            begins.end() + found.start()
            for found in re.finditer(r'^    "([a-z_/]+)":', text[begins.end() : ends], re.MULTILINE)
            if found[1] > key
        ),
        ends,
    )
    return text[:at] + entry + text[at:]


def _with_imports(text: str, imports: list[str]) -> str:
    """Insert the imports before the first one; `ruff` joins and sorts them."""
    missing = "".join(f"{line}\n" for line in imports if line not in text.split("\n"))
    first = re.compile(r"^(import|from) ", re.MULTILINE).search(text)
    assert first
    return text[: first.start()] + missing + text[first.start() :]
