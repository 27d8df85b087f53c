"""Stripe: its client, its objects, its webhooks."""
