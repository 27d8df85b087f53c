"""The matcher: open requests and free drivers in, proposed offers out. Pure: ticks and replays run the same."""
