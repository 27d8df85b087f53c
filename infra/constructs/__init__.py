"""Building blocks with their defaults: one construct each."""
