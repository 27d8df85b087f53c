"""`rideflow bench`: costs of the hot paths, each beside its lower bound (the floor), measured in the same run."""
