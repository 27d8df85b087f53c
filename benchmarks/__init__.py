"""`rideflow bench`: what the hot paths cost, each beside the floor it cannot go below, measured in the same run."""
