"""The Makefile names tests and folders that are there."""

import re
from pathlib import Path

from local.setup import TOOLS, tools_asked_for

ROOT = Path(__file__).resolve().parents[2]
RECIPES = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_test_that_a_recipe_runs_is_there() -> None:
    named = re.findall(r"(tests/[\w/]+\.py)(?:::(\w+))?", RECIPES)

    assert ("tests/races/test_at_random.py", "test_the_invariants_hold_after_any_simultaneous_acts") in named
    for file, test in named:
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8")


def test_no_recipe_chooses_tests_by_a_part_of_their_name() -> None:
    """A test that is renamed would not be found, and nobody would notice before the recipe is needed."""
    assert " -k " not in RECIPES


def test_make_test_installs_what_the_tests_would_install_themselves() -> None:
    [command] = re.findall(r"^setup-tests:.*\n.*local/setup\.py (--.*)", RECIPES, re.MULTILINE)

    assert sorted(tools_asked_for(command.split())) == sorted(TOOLS)
