"""`python -m local` is `rideflow`, if the script is not on the path."""

from local.cli import main

main()
