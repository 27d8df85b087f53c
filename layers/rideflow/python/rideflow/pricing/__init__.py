"""Pricing: quotes, the final fare, and the one breakdown that explains both."""
