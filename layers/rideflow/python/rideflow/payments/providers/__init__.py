"""The port to payment providers, in neutral words, and each provider behind it."""
