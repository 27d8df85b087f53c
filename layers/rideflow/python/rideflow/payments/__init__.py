"""Payments: the hold, its capture or release, receipts and Stripe's webhooks."""
