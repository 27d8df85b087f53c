"""The present speed of this machine: tests of durations compare with it, since seconds differ between machines."""

import time


def million_steps_s() -> float:
    """CPU seconds of a million steps of a bare loop, the best of three."""
    took = []
    for _ in range(3):
        began = time.process_time()
        for _step in range(1_000_000):
            pass
        took.append(time.process_time() - began)
    return min(took)
