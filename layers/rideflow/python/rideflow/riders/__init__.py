"""Riders: profile, favourite places, preferences, cards."""
