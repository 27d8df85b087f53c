"""One producer at a time makes a market's frames, whatever dies, hangs, is lost or comes twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.kernel.postgres import DatabaseUnavailableError
from rideflow.kernel.redis import RedisUnavailableError
from rideflow.markets.model import Market, Markets
from rideflow.operations.channel.messages import ProduceFrames
from rideflow.operations.channel.producer import PRODUCES_FOR
from rideflow.operations.channel.watchers import LEASE_LIVES, Watcher, Watchers
from rideflow.realtime.closing import Closing, UserLoggedOut
from rideflow.realtime.service import OpenConnection
from tests.adapters.operations.channel import CITY, MARKET, Channel, DiedError, nothing
from tests.cluster_client import cluster_client
from tests.screen import FREE

LEASE = f"{{operators}}:{MARKET}:producer"
FOUR_MINUTES = [nothing] * (PRODUCES_FOR // timedelta(seconds=1))


def test_a_second_message_of_the_same_start_ends_at_once(channel: Channel) -> None:
    channel.watch()
    (message,) = channel.queue.messages
    channel.runs(message=message)

    assert channel.ends(message)


def test_many_who_watch_at_once_start_one_producer(channel: Channel) -> None:
    for number in range(5):
        channel.watch(f"c{number}")

    assert len(channel.queue.messages) == 1


def test_of_many_producers_that_begin_at_once_one_has_the_market(channel: Channel) -> None:
    channel.watch()
    (message,) = channel.queue.messages

    def begin(_number: int) -> str | None:
        with cluster_client(channel.street.redis_url) as redis:
            return Watchers(redis, channel.street.markets).begin(MARKET, message.start_id, channel.street.now)

    with ThreadPoolExecutor(8) as processes:
        tokens = list(processes.map(begin, range(16)))

    assert len([token for token in tokens if token is not None]) == 1


def test_a_message_that_nobody_waits_for_any_more_ends_at_once(channel: Channel) -> None:
    channel.watch()
    channel.watchers.unwatch(["c1"])

    assert channel.ends()
    assert channel.street.redis.keys("{operators}*") == []


def test_a_producer_hands_over_in_time_and_the_next_goes_on_with_a_snapshot(channel: Channel) -> None:
    driver = channel.street.driver_at(100)
    screen = channel.watch()

    channel.runs(*_watching(channel, FOUR_MINUTES))

    assert len(channel.queue.messages) == 1
    last = screen.revision
    channel.runs(nothing)
    assert (screen.snapshots, screen.revision, screen.gaps) == (2, last + 2, 0)
    assert str(driver) in screen.cars


def test_a_message_that_comes_again_after_the_hand_over_is_a_duplicate(channel: Channel) -> None:
    channel.watch()
    (first,) = channel.queue.messages
    channel.runs(*_watching(channel, FOUR_MINUTES))

    assert channel.ends(first)
    assert not channel.ends(channel.queue.messages[-1])


def test_watching_while_the_market_is_handed_over_starts_no_other_producer(channel: Channel) -> None:
    channel.watch()
    channel.runs(*_watching(channel, FOUR_MINUTES))

    channel.watch("c2")

    assert len(channel.queue.messages) == 1


def test_a_producer_whose_message_was_lost_is_asked_for_again(channel: Channel) -> None:
    channel.watch()
    channel.queue.messages.clear()
    assert 0 < channel.street.redis.pttl(LEASE) <= 10_000

    channel.lease_ends()
    screen = channel.watch()

    channel.runs()
    assert screen.snapshots == 1


def test_after_a_producer_has_died_the_next_message_revives_the_market(channel: Channel) -> None:
    screen = channel.watch()
    channel.runs(nothing)
    channel.watch()
    assert channel.queue.messages == []
    assert 0 < channel.street.redis.pttl(LEASE) <= LEASE_LIVES / timedelta(milliseconds=1)

    channel.lease_ends()
    channel.watch()

    channel.runs(nothing)
    assert (screen.snapshots, screen.deltas, screen.gaps, screen.revision) == (2, 2, 0, 4)


def test_a_producer_that_dies_in_the_middle_of_a_frame_leaves_nobody_with_half_of_it(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel.street.driver_at(100)
    reached, missed = channel.watch("c1"), channel.watch("c2")
    post = channel.connections.post

    def dies(connection_id: str, text: str) -> None:
        if connection_id == "c2":
            raise DiedError
        post(connection_id, text)

    monkeypatch.setattr(channel.connections, "post", dies)
    channel.runs()
    monkeypatch.setattr(channel.connections, "post", post)
    channel.lease_ends()
    channel.watch("c1")
    channel.runs(nothing)

    for screen, snapshots in ((reached, 2), (missed, 1)):
        assert (screen.snapshots, screen.gaps, len(screen.cars)) == (snapshots, 0, 1)


def test_a_producer_whose_lease_is_another_s_sends_nothing_more_and_hands_nothing_over(channel: Channel) -> None:
    screen = channel.watch()

    channel.runs(nothing, lambda: channel.street.redis.set(LEASE, "another"))

    assert screen.revision == 2
    assert channel.street.redis.get(LEASE) == b"another"
    assert channel.queue.messages == []


def test_a_producer_that_hung_until_its_lease_ended_posts_no_old_frame(channel: Channel) -> None:
    first, second = channel.watch("c1"), channel.watch("c2")
    post = channel.connections.post

    def hangs(connection_id: str, text: str) -> None:
        post(connection_id, text)
        channel.street.passes(LEASE_LIVES.total_seconds())

    channel.connections.post = hangs  # type: ignore[method-assign]
    channel.runs()

    assert sorted([first.snapshots, second.snapshots]) == [0, 1]


def test_a_producer_that_hung_while_it_prolonged_its_lease_posts_no_old_frame(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = channel.watch()
    prolong = channel.watchers.next_frame

    def hangs(*arguments: Any) -> list[Watcher] | None:
        watchers = prolong(*arguments)
        channel.street.passes(LEASE_LIVES.total_seconds())
        return watchers

    monkeypatch.setattr(channel.watchers, "next_frame", hangs)
    channel.runs()

    assert screen.snapshots == 0


def test_no_frame_says_that_there_are_no_rides_before_they_were_read(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    trip = channel.street.trip("matching")
    screen = channel.watch()

    def fails(*_arguments: Any) -> None:
        raise DatabaseUnavailableError("down")

    def mends() -> None:
        assert channel.connections.frames["c1"] == []
        monkeypatch.undo()

    monkeypatch.setattr(channel.reader, "read", fails)
    channel.runs(nothing, mends)

    assert (screen.snapshots, screen.deltas) == (1, 0)
    assert str(trip) in screen.requests


def test_cars_go_on_while_postgres_does_not_answer(channel: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = channel.street.driver_at(100)
    trip = channel.street.trip("matching")
    screen = channel.watch()

    def fails(*_arguments: Any) -> None:
        raise DatabaseUnavailableError("down")

    def breaks() -> None:
        monkeypatch.setattr(channel.reader, "read", fails)
        channel.street.at(driver, 110)

    channel.runs(breaks, lambda: channel.street.at(driver, 120), monkeypatch.undo)

    assert screen.gaps == 0
    assert screen.revision == 4
    assert str(trip) in screen.requests
    assert screen.state_of(driver) == FREE


def test_the_market_stays_as_it_is_known_while_a_zone_does_not_answer(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = channel.street.driver_at(100)
    screen = channel.watch()

    def fails(*_arguments: Any) -> None:
        raise RedisUnavailableError("down")

    def breaks() -> None:
        monkeypatch.setattr(channel.overview, "seen_since", fails)
        channel.street.trip("matching")

    channel.runs(breaks, nothing)

    assert screen.cars.keys() == {str(driver)}
    assert screen.data["counts"]["waiting"] == 1


def test_a_producer_that_cannot_prolong_its_lease_sends_nothing_until_it_can(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = channel.watch()

    def fails(*_arguments: Any) -> None:
        raise RedisUnavailableError("down")

    channel.runs(lambda: monkeypatch.setattr(channel.watchers, "next_frame", fails), nothing, monkeypatch.undo, nothing)

    assert (screen.revision, screen.gaps) == (3, 0)


def test_what_redis_has_lost_begins_anew_with_the_next_message(channel: Channel) -> None:
    screen = channel.watch()
    channel.runs(nothing, lambda: channel.street.redis.delete(LEASE, *_of_watchers()))

    channel.watch()

    channel.runs(nothing)
    assert (screen.snapshots, screen.gaps) == (2, 0)


@pytest.mark.parametrize("stored", ["{}", '{"south": "here"}', "no JSON"])
def test_a_subscription_that_cannot_be_read_keeps_nobody_from_their_frames(channel: Channel, stored: str) -> None:
    unread, read = channel.watch("c1"), channel.watch("c2")
    viewports = _of_watchers()[1]

    channel.runs(nothing, lambda: channel.street.redis.hset(viewports, "c1", stored), lambda: channel.watch("c1"))

    assert (read.revision, read.gaps) == (4, 0)
    assert (unread.snapshots, unread.deltas) == (2, 1), "the app has repeated its message"


def test_a_release_that_is_rolled_back_reads_what_the_newer_one_has_stored(channel: Channel) -> None:
    screen = channel.watch()
    newer = CITY.model_dump_json().replace("{", '{"zoom": 12, ')
    channel.street.redis.hset(_of_watchers()[1], "c1", newer)

    channel.runs()

    assert screen.snapshots == 1


def test_nothing_is_stored_of_whoever_watches_but_their_viewport(channel: Channel) -> None:
    channel.watch()

    (stored,) = channel.street.redis.hgetall(_of_watchers()[1]).values()
    assert json.loads(stored) == CITY.model_dump()


def test_a_connection_watches_one_market_at_a_time(channel: Channel) -> None:
    """Two markets, as a deployment with New York has them."""
    here = channel.street.markets.named(MARKET)
    other = Market(**{name: getattr(here, name) for name in Market.__dataclass_fields__} | {"id": "elsewhere"})
    watchers = Watchers(channel.street.redis, Markets((here, other)))
    people = replace(channel.people, watchers=watchers, markets=Markets((here, other)))
    screen = channel.watch()

    def moves() -> None:
        people.watch("c1", "elsewhere", CITY)

    channel.runs(moves)

    assert screen.revision == 1
    assert [message.market for message in channel.queue.messages] == ["elsewhere"]


def test_a_market_that_a_deploy_has_removed_has_no_frames(channel: Channel) -> None:
    assert channel.ends(ProduceFrames(market="atlantis", start_id="1"))


def test_every_key_ends_by_itself(channel: Channel) -> None:
    """No state without a clock."""
    channel.watch()
    channel.runs(nothing)

    keys = channel.street.redis.keys("{operators}*")
    assert len(keys) == 4
    assert all(0 < channel.street.redis.pttl(key) <= 120_000 for key in keys)


def _watching(channel: Channel, seconds: Sequence[Callable[[], object]]) -> list[Callable[[], object]]:
    """The seconds of somebody whose app repeats its message as it should."""
    return [channel.watch if number % 20 == 19 else each for number, each in enumerate(seconds)]


def _of_watchers() -> list[str]:
    return [f"{{operators}}:{MARKET}:{name}" for name in ("watchers", "viewports", "revisions")]


def test_only_the_holder_of_the_lease_hands_it_over(channel: Channel) -> None:
    channel.watch()
    (message,) = channel.queue.messages
    token = channel.watchers.begin(MARKET, message.start_id, channel.street.now)

    assert channel.watchers.hand_over(MARKET, "another") is None
    assert channel.street.redis.get(LEASE) == str(token).encode()


def test_a_session_that_ends_ends_the_frames(channel: Channel) -> None:
    """Realtime closes its connections; the next post finds them gone."""
    person = uuid4()
    connections = {person: [OpenConnection("c1", channel.street.now, "session")]}

    class Stored:
        def of(self, person_id: UUID) -> list[OpenConnection]:
            return connections[person_id]

        def remove(self, person_id: UUID, _connection_id: str) -> None:
            connections[person_id] = []

    closing = Closing(Stored(), channel.connections, channel.street.clock, lambda _s: None)  # type: ignore[arg-type]
    logged_out = UserLoggedOut(
        id=uuid4(), at=channel.street.now, person_id=person, session="session", reason="signed_out"
    )
    channel.watch("c1")
    stays = channel.watch("c2")

    channel.runs(lambda: closing.close(logged_out), nothing)

    frames = channel.connections.frames["c1"]
    assert [frame["type"] for frame in frames] == ["market.snapshot", "session.ended"]
    assert stays.revision == 3
