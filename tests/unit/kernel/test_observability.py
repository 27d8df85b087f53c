from rideflow.kernel.observability import bind, logger, start_invocation


def test_an_invocation_s_lines_carry_its_own_ids_and_none_of_the_one_before() -> None:
    start_invocation("first")
    before = dict(logger.get_current_keys())
    bind(person_id=7, trip_id="a trip")
    assert logger.get_current_keys() == before | {"person_id": "7", "trip_id": "a trip"}

    start_invocation("second")

    assert logger.get_current_keys() == before | {"request_id": "second"}
    assert before["service"] == "rideflow"
