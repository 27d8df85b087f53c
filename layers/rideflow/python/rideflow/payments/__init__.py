"""Payments: the hold, its capture or release, the ledger, receipts and Stripe's webhooks."""
