from datetime import UTC, datetime
from uuid import UUID

from benchmarks.town import Driver


def test_a_phone_s_positions_have_times_of_their_own_and_none_lies_ahead() -> None:
    """A car sends eight positions between two acts of its driver; each takes less than a millisecond."""
    driver = Driver(UUID(int=1))

    times = [driver.now() for _ in range(8)]

    assert times == sorted(set(times))
    assert times[-1] < datetime.now(UTC)
