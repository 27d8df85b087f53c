"""Scheduled rides (DI9): booked ahead, edited, cancelled, and made trips shortly before their pickup time."""
