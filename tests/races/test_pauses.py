"""The stores of the races do pause: otherwise no test here would notice that fewer things happen at the same time."""

from typing import cast

from redis.cluster import RedisCluster

from tests.races.pauses import Pauses, PausingDatabase, PausingRedis


class Counted(Pauses):
    """Counts instead of pausing."""

    def __init__(self) -> None:
        super().__init__(0)
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


def test_statements_and_commits_pause_before_and_after(database_url: str) -> None:
    pauses = Counted()
    database = PausingDatabase(database_url, pauses)

    database.one("select 1", {})
    database.all("select 1", {})
    database.execute("select 1", {})
    assert pauses.times == 6

    with database.transaction():
        database.execute("select 1", {})
        assert pauses.times == 8
    assert pauses.times == 10
    database.close()


def test_scripts_pause_before_and_after() -> None:
    class Scripts:
        def evalsha(self, *_arguments: object) -> int:
            return pauses.times

    pauses = Counted()

    assert PausingRedis(cast("RedisCluster", Scripts()), pauses).evalsha("digest", 0) == 1
    assert pauses.times == 2
