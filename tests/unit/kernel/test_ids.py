import time
from itertools import pairwise
from unittest.mock import patch
from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from rideflow.kernel.ids import uuid7


def test_ids_are_version_7_and_carry_the_time_they_were_made() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000

    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= after


@given(st.lists(st.integers(0, 2**48 - 1), min_size=2, max_size=20, unique=True))
def test_ids_sort_by_the_millisecond_they_were_made_as_text_and_as_number(milliseconds: list[int]) -> None:
    made = []
    for millisecond in sorted(milliseconds):
        with patch("rideflow.kernel.ids.time.time_ns", return_value=millisecond * 1_000_000):
            made.append(uuid7())

    assert all(older < newer and str(older) < str(newer) for older, newer in pairwise(made))


def test_ids_made_in_one_millisecond_differ() -> None:
    assert len({uuid7() for _ in range(10_000)}) == 10_000
