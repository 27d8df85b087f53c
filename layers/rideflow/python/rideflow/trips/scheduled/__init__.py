"""Scheduled rides: they are booked ahead, edited, cancelled, and turned into trips shortly before the pickup."""
