"""Scenes: named evenings that are played at a pace at which they can be watched on a map."""
