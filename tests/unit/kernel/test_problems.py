"""Every error of the whole product is found and checked, also those of future contexts."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest

import rideflow
from rideflow.kernel.errors import DomainError
from rideflow.kernel.problems import STATUS, internal_problem, problem_of, problem_of_validation, status_of


def errors() -> list[type[DomainError]]:
    for module in pkgutil.walk_packages(rideflow.__path__, "rideflow."):
        import_module(module.name)
    return sorted(set(_below(DomainError)), key=lambda error: f"{error.__module__}.{error.__name__}")


def _below(error: type[DomainError]) -> Iterator[type[DomainError]]:
    for subclass in error.__subclasses__():
        if subclass.__module__.startswith("rideflow."):
            yield subclass
            yield from _below(subclass)


def test_every_error_has_the_status_of_one_category() -> None:
    for error in errors():
        categories = [category for category in STATUS if issubclass(error, category)]
        assert len(categories) == 1, f"{error.__name__} is of the categories {categories}"


def test_every_error_has_a_code_and_a_code_has_one_meaning() -> None:
    """Contexts that may not import each other may refuse the same thing; then both use the same code."""
    meanings: dict[str, set[tuple[str, int]]] = {}
    for error in errors():
        assert "code" in error.__dict__, f"{error.__name__} has no code of its own"
        meanings.setdefault(error.code, set()).add((error.__name__, status_of(error)))

    assert {code: meant for code, meant in meanings.items() if len(meant) > 1} == {}


def test_the_name_of_every_error_ends_as_such_and_its_code_reads_as_a_word() -> None:
    for error in errors():
        assert error.__name__.endswith("Error")
        assert error.code.replace("_", "").isalnum()
        assert error.code == error.code.lower()


@pytest.mark.parametrize("error", errors(), ids=lambda error: error.__name__)
def test_every_error_becomes_a_problem_document(error: type[DomainError]) -> None:
    document = problem_of(error("What was wrong.", field="pickup.lat", trip_id="1"))

    assert document["status"] == status_of(error)
    assert document["type"] == f"urn:rideflow:problem:{error.code}"
    assert document["title"] != error.__name__
    assert document["detail"] == "What was wrong."
    assert document["errors"] == [{"field": "pickup.lat", "code": error.code, "detail": "What was wrong."}]
    assert document["trip_id"] == "1"


def test_an_error_without_a_category_is_a_programming_mistake() -> None:
    class HomelessError(DomainError):
        code = "homeless"

    with pytest.raises(StopIteration):
        status_of(HomelessError)


def test_our_own_faults_tell_nothing_of_the_inside() -> None:
    assert internal_problem() == {
        "type": "urn:rideflow:problem:internal_error",
        "title": "Internal error",
        "status": 500,
        "code": "internal_error",
        "detail": "Something went wrong on our side; please try again.",
    }


def test_each_field_that_is_wrong_is_named_as_the_app_sent_it() -> None:
    document = problem_of_validation(
        [
            {"loc": ("body", "pickup", "lat"), "type": "less_than_equal", "msg": "too large"},
            {"loc": ("query", "limit"), "type": "int_parsing", "msg": "no number"},
            {"loc": ("positions", 3, "lng"), "type": "missing", "msg": "required"},
        ]
    )

    assert [entry["field"] for entry in document["errors"]] == ["pickup.lat", "limit", "positions.3.lng"]
