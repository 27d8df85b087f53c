import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

import pytest

from rideflow.kernel.person_keys import PersonErasedError, PersonKeysUnavailableError
from rideflow.kernel.sealing import SealBrokenError, Seals, is_sealed, of_registration, of_trip
from tests.keys import KeysInMemory

RIDER, DRIVER, OTHER = UUID(int=1), UUID(int=2), UUID(int=3)
TRIP = UUID(int=7)
PURPOSE = of_trip(TRIP, "cancel_reason")


@pytest.fixture
def keys() -> KeysInMemory:
    return KeysInMemory()


@pytest.fixture
def seals(keys: KeysInMemory) -> Seals:
    return Seals(keys)


def counted(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [("SealedTextUnread", line["why"]) for line in lines if "SealedTextUnread" in line]


@pytest.mark.parametrize("text", ["my dog is ill", "", "Ünïcode — 🐕", "sealed.1.not really"])
def test_a_text_opens_as_it_was_written(seals: Seals, text: str) -> None:
    sealed = seals.seal_text(text, [RIDER], PURPOSE)

    assert seals.open_text(sealed, PURPOSE) == text
    assert is_sealed(sealed)
    assert not text or text not in sealed


def test_a_sealed_text_names_its_people_in_order_and_each_sealing_differs(seals: Seals) -> None:
    first, second = (seals.seal_text("late", [DRIVER, RIDER, DRIVER], PURPOSE) for _ in range(2))

    assert first.startswith(f"sealed.1.{RIDER}+{DRIVER}.")
    assert first != second
    assert seals.open_text(first, PURPOSE) == seals.open_text(second, PURPOSE) == "late"


@pytest.mark.parametrize("erased", [RIDER, DRIVER])
def test_once_any_of_its_people_is_erased_a_value_does_not_open(seals: Seals, keys: KeysInMemory, erased: UUID) -> None:
    text = seals.seal_text("late", [RIDER, DRIVER], PURPOSE)
    path = seals.seal(b"points", [RIDER, DRIVER], of_trip(TRIP, "path"))

    keys.erase(erased)

    assert seals.open_text(text, PURPOSE) is None
    assert seals.open(path, of_trip(TRIP, "path")) is None
    assert seals.shown(text, PURPOSE) is None
    with pytest.raises(PersonErasedError) as refused:
        seals.seal_text("again", [RIDER, DRIVER], PURPOSE)
    assert (refused.value.code, refused.value.people) == ("person_erased", frozenset({erased}))


@pytest.mark.parametrize("person", [RIDER, DRIVER])
def test_a_value_needs_the_keys_of_all_its_people(seals: Seals, keys: KeysInMemory, person: UUID) -> None:
    sealed = seals.seal_text("late", [RIDER, DRIVER], PURPOSE)

    keys.replace(person)

    with pytest.raises(SealBrokenError):
        seals.open_text(sealed, PURPOSE)


def test_a_lost_key_does_not_look_like_an_erased_person(seals: Seals, keys: KeysInMemory) -> None:
    sealed = seals.seal_text("late", [RIDER, DRIVER], PURPOSE)

    keys.lose(DRIVER)

    with pytest.raises(SealBrokenError, match=PURPOSE):
        seals.open_text(sealed, PURPOSE)


def test_the_key_of_one_person_alone_opens_nothing_of_two(seals: Seals) -> None:
    sealed = seals.seal_text("late", [RIDER, DRIVER], PURPOSE)
    _, _, body = sealed.rpartition(".")
    seals.seal_text("make the key", [OTHER], PURPOSE)

    with pytest.raises(SealBrokenError):
        seals.open_text(f"sealed.1.{OTHER}.{body}", PURPOSE)


@pytest.mark.parametrize(
    "purpose",
    [of_trip(UUID(int=8), "cancel_reason"), of_trip(TRIP, "rating_comment"), of_registration(TRIP, "name")],
)
def test_a_value_that_is_copied_elsewhere_does_not_open(seals: Seals, purpose: str) -> None:
    with pytest.raises(SealBrokenError):
        seals.open_text(seals.seal_text("late", [RIDER], PURPOSE), purpose)


def test_a_value_that_was_changed_does_not_open(seals: Seals) -> None:
    sealed = seals.seal_text("late", [RIDER], PURPOSE)
    head, dot, body = sealed.rpartition(".")
    raw = bytearray(urlsafe_b64decode(body))
    for place in range(len(raw)):
        changed = bytes([*raw[:place], raw[place] ^ 1, *raw[place + 1 :]])
        with pytest.raises(SealBrokenError):
            seals.open_text(head + dot + urlsafe_b64encode(changed).decode(), PURPOSE)


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "late",
        "sealed.1.",
        "sealed.1..",
        f"sealed.1.{RIDER}",
        f"sealed.1.{RIDER}.",
        f"sealed.1.{RIDER}.AAAA",
        f"sealed.1.{RIDER}.!",
        f"sealed.1.{RIDER}.ä",
        f"sealed.2.{RIDER}.AAAA",
        "sealed.1.nobody.AAAA",
        f"sealed.1.{RIDER}+.AAAA",
        "sealed.1.\udc80.AAAA",
    ],
)
def test_what_is_no_sealed_value_is_refused(seals: Seals, keys: KeysInMemory, odd: str) -> None:
    keys.ensure([RIDER])

    with pytest.raises(SealBrokenError):
        seals.open_text(odd, PURPOSE)


@pytest.mark.parametrize("code", [None, "rider_no_show", "card_declined", ""])
def test_codes_of_ours_are_shown_as_they_are(seals: Seals, keys: KeysInMemory, code: str | None) -> None:
    keys.silent = True

    assert seals.shown(code, PURPOSE) == code


def test_a_text_that_does_not_open_is_not_shown_and_counted(
    seals: Seals, keys: KeysInMemory, capsys: pytest.CaptureFixture[str]
) -> None:
    sealed = seals.seal_text("late", [RIDER], PURPOSE)

    assert seals.shown(sealed, PURPOSE) == "late"
    assert seals.shown(sealed, of_trip(TRIP, "path")) is None
    assert counted(capsys) == [("SealedTextUnread", "broken")]

    keys.silent = True
    assert seals.shown(sealed, PURPOSE) is None
    assert counted(capsys) == [("SealedTextUnread", "keys_unavailable")]
    with pytest.raises(PersonKeysUnavailableError):
        seals.open_text(sealed, PURPOSE)


def test_keys_of_many_texts_are_read_at_once(keys: KeysInMemory, capsys: pytest.CaptureFixture[str]) -> None:
    seals = Seals(keys)
    texts = [seals.seal_text("late", [person], PURPOSE) for person in (RIDER, DRIVER)]
    asked: list[set[UUID]] = []

    class Recording(KeysInMemory):
        def find(self, people):  # type: ignore[no-untyped-def]
            asked.append(set(people))
            return keys.find(asked[-1])

    Seals(Recording()).fetch_keys([None, "rider_no_show", *texts, "sealed.1.broken"])
    assert asked == [{RIDER, DRIVER}]

    keys.silent = True
    seals.fetch_keys(texts)
    assert counted(capsys) == [("SealedTextUnread", "keys_unavailable")]
