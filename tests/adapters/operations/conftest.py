"""An operator's doings meet the zone in which they are done."""

from tests.adapters.dispatch.conftest import zone

__all__ = ["zone"]
