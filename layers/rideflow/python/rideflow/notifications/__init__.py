"""Notifications: who is told what of a trip."""
