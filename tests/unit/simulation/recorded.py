"""Small recordings in the format of the real ones."""

import gzip
from pathlib import Path

TRIPS = "trip_id,request_ts,pickup_lat,pickup_lng,dropoff_lat,dropoff_lng,duration_s,vehicle_id\n"
PINGS = "ts,vehicle_id,lat,lng,occupied\n"


def trips_file(folder: Path, *rows: str, name: str = "trips.csv") -> Path:
    """Rows are `id,time,pickup lat,pickup lng,dropoff lat,dropoff lng,duration`."""
    return _written(folder / name, TRIPS + "".join(f"{row},V1\n" for row in rows))


def pings_file(folder: Path, *rows: str) -> Path:
    """Rows are `time,vehicle,lat,lng`."""
    return _written(folder / "pings.csv.gz", PINGS + "".join(f"{row},0\n" for row in rows))


def _written(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path
