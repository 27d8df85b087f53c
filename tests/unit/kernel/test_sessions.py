import pytest

from rideflow.kernel.sessions import Ended, has_ended

AT = 1_790_877_600


@pytest.mark.parametrize(
    ("ended", "session", "issued_at", "void"),
    [
        ([], "one", AT, False),
        ([Ended("one", AT)], "one", AT - 60, True),
        ([Ended("one", AT)], "one", AT + 60, True),
        ([Ended("one", AT)], "two", AT - 60, False),
        ([Ended("one", AT)], "two", AT, False),
        ([Ended("one", AT)], None, AT - 60, False),
        ([Ended(None, AT)], "one", AT - 60, True),
        ([Ended(None, AT)], None, AT - 60, True),
        ([Ended(None, AT)], "one", AT, True),
        ([Ended(None, AT)], "one", AT + 1, False),
        ([Ended("one", AT), Ended(None, AT - 60)], "two", AT - 60, True),
        ([Ended("one", AT), Ended(None, AT - 60)], "two", AT - 59, False),
    ],
)
def test_a_token_is_void_by_its_session_or_by_the_second_it_was_issued_in(
    ended: list[Ended], session: str | None, issued_at: int, void: bool
) -> None:
    assert has_ended(ended, session, issued_at) is void
