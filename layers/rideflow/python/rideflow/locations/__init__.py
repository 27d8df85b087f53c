"""Locations: live tracking of the driver by the rider, driven paths and their archive."""
