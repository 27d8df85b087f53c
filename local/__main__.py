"""`python -m local` is `rideflow`, where the script is not on the path."""

from local.cli import main

main()
