"""RideFlow: a ride-hailing backend, one package per bounded context over a shared kernel."""
