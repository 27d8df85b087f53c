"""A burst of invocations gets few processes."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from localstack_runtime.lambda_executor.turns import Turns
from waiting import eventually

NEVER_S = 600.0
SOON_S = 0.02


class Crowd:
    """Invocations that run until they are told to end."""

    def __init__(self, turns: Turns, size: int) -> None:
        self.turns = turns
        self.may_end = threading.Semaphore(0)
        self.running: list[int] = []
        self.most = 0
        self._pool = ThreadPoolExecutor(size)
        self.all: list[Future[None]] = [self._pool.submit(self._invocation, number) for number in range(size)]

    def _invocation(self, number: int) -> None:
        with self.turns.turn():
            self.running.append(number)
            self.most = max(self.most, len(self.running))
            self.may_end.acquire()
            self.running.remove(number)

    def end(self) -> None:
        self.may_end.release(len(self.all))
        for each in self.all:
            each.result(timeout=20)
        self._pool.shutdown()


def test_quick_invocations_take_turns_in_one_process() -> None:
    crowd = Crowd(Turns(limit=10, patience_s=NEVER_S), 8)
    crowd.end()

    assert crowd.most == 1


def test_an_invocation_that_waits_too_long_gets_another_process_up_to_the_limit() -> None:
    crowd = Crowd(Turns(limit=3, patience_s=SOON_S), 8)
    eventually(lambda: len(crowd.running) == 3)
    crowd.end()

    assert crowd.most == 3


def test_a_turn_that_fails_is_given_back() -> None:
    turns = Turns(limit=1, patience_s=NEVER_S)

    def fail() -> None:
        with turns.turn():
            raise ZeroDivisionError

    with ThreadPoolExecutor(1) as pool:
        for _ in range(2):
            assert isinstance(pool.submit(fail).exception(timeout=20), ZeroDivisionError)
