"""Supply: positions of drivers, who of them is free, reserved or silent, nearby search, airport queues."""
