"""Supply: drivers' positions, whether they are free, reserved or silent, nearby search, airport queues."""
