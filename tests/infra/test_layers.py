"""The functions' layers are built the same everywhere, for the machine that imports them."""

import re
import zipfile
from pathlib import Path

import pytest

from infra import layers
from infra.layers import LAMBDA_ON_AWS, Archive

LAMBDA_LIMIT_BYTES = 250 * 1024 * 1024
UNCHECKED_HASH = b"\x01\x00\x00\x00"
"""The second word of a .pyc file (PEP 552)."""


@pytest.fixture(scope="module")
def dependencies() -> Archive:
    return layers.dependencies_layer(LAMBDA_ON_AWS)


def test_wheels_are_those_of_lambda(dependencies: Archive) -> None:
    with zipfile.ZipFile(dependencies.path) as archive:
        libraries = [name for name in archive.namelist() if name.endswith(".so") and "cpython" in name]

    assert libraries
    assert all("aarch64" in name for name in libraries)


def test_both_layers_and_the_code_fit_into_lambda(dependencies: Archive) -> None:
    unpacked = 0
    for archive in (dependencies, layers.rideflow_layer(), layers.functions_code()):
        with zipfile.ZipFile(archive.path) as opened:
            unpacked += sum(entry.file_size for entry in opened.infolist())

    assert unpacked < LAMBDA_LIMIT_BYTES


def test_the_layer_describes_the_aws_services_in_use_and_no_others(dependencies: Archive) -> None:
    with zipfile.ZipFile(dependencies.path) as archive:
        paths = [name.split("/") for name in archive.namelist() if name.startswith("python/botocore/data/")]

    assert {path[3] for path in paths if len(path) > 4} == set(layers.aws_services())


def test_no_client_is_made_in_a_way_that_the_layers_builder_does_not_see() -> None:
    sources = [*layers._RIDEFLOW.rglob("*.py"), *layers._FUNCTIONS.rglob("*.py")]
    helper = (
        layers._RIDEFLOW / "rideflow" / "kernel" / "aws.py"
    )  # makes clients for whoever names the service in the call
    makes = r"boto3\.(?:client|resource|Session)|\baws\.client\("
    made = sum(len(re.findall(makes, path.read_text())) for path in sources if path != helper)
    imported = [path.name for path in sources if re.search(r"kernel\.aws import", path.read_text())]
    seen = sum(len(layers._CLIENT.findall(path.read_text())) for path in sources)

    assert made == seen > 5
    assert imported == []


def test_python_takes_the_compiled_files_without_looking_at_times(dependencies: Archive) -> None:
    for archive in (dependencies, layers.rideflow_layer(), layers.functions_code()):
        with zipfile.ZipFile(archive.path) as opened:
            compiled = [name for name in opened.namelist() if name.endswith(".pyc")]
            assert compiled
            assert {opened.read(name)[4:8] for name in compiled} == {UNCHECKED_HASH}


def test_the_code_holds_each_handler_where_its_name_says() -> None:
    with zipfile.ZipFile(layers.functions_code().path) as opened:
        names = opened.namelist()

    assert "trips/request_trip.py" in names
    assert not [name for name in names if name.startswith("functions/")]


def test_equal_content_gives_an_equal_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = []
    for folder in ("first", "second"):
        monkeypatch.setattr(layers, "_BUILD", tmp_path / folder)
        built.append(layers.rideflow_layer())

    assert built[0].digest == built[1].digest
    assert _names_and_sizes(built[0]) == _names_and_sizes(built[1])


def test_a_changed_file_gives_another_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "_BUILD", tmp_path / "build")
    source = tmp_path / "source"
    source.mkdir()
    module = source / "module.py"
    module.write_text("one = 1\n")
    before = layers._packed("code", layers._files(source), "", "/var/task")
    module.write_text("one = 2\n")

    assert layers._packed("code", layers._files(source), "", "/var/task").digest != before.digest


def _names_and_sizes(archive: Archive) -> list[tuple[str, int]]:
    with zipfile.ZipFile(archive.path) as opened:
        return [(entry.filename, entry.file_size) for entry in opened.infolist()]
