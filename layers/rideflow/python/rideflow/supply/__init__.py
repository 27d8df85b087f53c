"""Supply: where drivers are, who of them is free, reserved or silent, nearby search, airport queues."""
