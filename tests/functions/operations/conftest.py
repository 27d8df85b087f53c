"""Staff meet the city and the rides of other folders."""

from tests.functions.dispatch.conftest import city
from tests.functions.trips.conftest import rides
from tests.functions.trips.test_example_events import requested

__all__ = ["city", "requested", "rides"]
