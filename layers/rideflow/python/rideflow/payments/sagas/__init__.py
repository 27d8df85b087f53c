"""Payments' steps of the match and settle sagas."""
