"""The console in a real browser: opened for tests and figures, and for pictures."""
