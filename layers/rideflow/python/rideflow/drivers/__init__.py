"""Drivers: onboarding, vehicles, verification, availability, rating."""
