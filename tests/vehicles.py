"""Vehicles, and drivers who have one, put straight into the database."""

from uuid import UUID, uuid5

from rideflow.kernel.postgres import Database
from rideflow.kernel.vehicles import Vehicle

PRIUS = Vehicle(
    id=UUID("01890000-0000-7000-8000-000000000005"),
    plate="7ABC123",
    make="Toyota",
    model="Prius",
    year=2023,
    colour="silver",
    vehicle_class="economy",
    wheelchair_accessible=False,
)
_PUT = """
with driver as (
    insert into drivers (id, name, phone, licence, state, version, registered_at)
    values (%(driver_id)s, 'Grace Hopper', '+14155550123', 'D1234567', 'verified', 1, now())
    on conflict do nothing
)
insert into driver_vehicles (
    id, driver_id, plate, make, model, year, colour, vehicle_class, wheelchair_accessible, added_at)
values (%(id)s, %(driver_id)s, %(plate)s, %(make)s, %(model)s, %(year)s, %(colour)s, %(vehicle_class)s,
    %(wheelchair_accessible)s, now())
on conflict do nothing
"""


def vehicle_of(database: Database, driver_id: UUID, plate: str = PRIUS.plate) -> Vehicle:
    """The driver's Prius of this plate. The first call stores it, and the driver if there is none of this id."""
    vehicle = PRIUS.model_copy(update={"id": uuid5(driver_id, plate), "plate": plate})
    database.execute(_PUT, {"driver_id": driver_id, **vehicle.model_dump()})
    return vehicle
