"""Tools that know nothing of this project read its contracts without an error or a warning.

A warning that is not ours to mend is switched off in the tool's configuration in `tools`, with the reason beside it.
"""

import json
from pathlib import Path

import pytest

from tests.contracts.foreign import DOCS, PYTHON, TOOLS, node_tool, run, said

pytestmark = pytest.mark.usefixtures("tools")


@pytest.mark.parametrize(
    ("document", "ruleset"), [("openapi.json", "spectral.openapi.yaml"), ("asyncapi.json", "spectral.asyncapi.yaml")]
)
def test_spectral_finds_nothing(document: str, ruleset: str) -> None:
    done = run(node_tool("spectral"), "lint", "--fail-severity=hint", "--ruleset", TOOLS / ruleset, DOCS / document)

    assert done.returncode == 0, said(done)
    assert "No results with a severity of 'hint' or higher found!" in done.stdout, said(done)


def test_redocly_finds_nothing() -> None:
    done = run(node_tool("redocly"), "lint", DOCS / "openapi.json", "--config", TOOLS / "redocly.yaml", "--format=json")

    assert done.returncode == 0, said(done)
    assert json.loads(done.stdout)["totals"] == {"errors": 0, "warnings": 0, "ignored": 0}, said(done)


def test_asyncapis_own_parser_reads_every_operation() -> None:
    done = run("node", TOOLS / "parse_asyncapi.mjs", DOCS / "asyncapi.json")
    read = json.loads(done.stdout)

    assert read["diagnostics"] == [], said(done)
    assert set(read["operations"]) == set(json.loads((DOCS / "asyncapi.json").read_text())["operations"])


def test_openapi_typescript_makes_types_that_the_compiler_takes(tmp_path: Path) -> None:
    schema = tmp_path / "schema.d.ts"
    made = run(node_tool("openapi-typescript"), DOCS / "openapi.json", "--output", schema)
    assert made.returncode == 0, said(made)

    compiled = run(node_tool("tsc"), "--noEmit", "--strict", schema)

    assert compiled.returncode == 0, said(compiled)


def test_openapi_python_client_makes_every_operation(tmp_path: Path) -> None:
    made = run(
        PYTHON / "openapi-python-client",
        *("generate", "--path", DOCS / "openapi.json", "--output-path", tmp_path / "client"),
        *("--config", TOOLS / "openapi-python-client.yaml", "--meta", "none", "--fail-on-warning"),
    )
    operations = [
        operation["operationId"]
        for methods in json.loads((DOCS / "openapi.json").read_text())["paths"].values()
        for operation in methods.values()
    ]
    generated = {path.stem for path in (tmp_path / "client" / "api").glob("*/*.py")} - {"__init__"}

    assert made.returncode == 0, said(made)
    assert generated == set(operations)
