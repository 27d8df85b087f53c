"""The matcher: makes proposed offers from open requests and free drivers. It is pure, so ticks and replays share it."""
