-- Stores a change of the trip, with its log entry and outbox rows. No row if another change came first.
with changed as (
    update trips
    set
        state = %(state)s, version = %(version)s, driver_id = %(driver_id)s, vehicle_id = %(vehicle_id)s,
        pin_attempts = %(pin_attempts)s, pin_locked_until = %(pin_locked_until)s,
        matching_at = %(matching_at)s, assigned_at = %(assigned_at)s, arrived_at = %(arrived_at)s,
        arrival_told_at = %(arrival_told_at)s, started_at = %(started_at)s, completed_at = %(completed_at)s,
        ended_at = %(ended_at)s, settled_at = %(settled_at)s, cancelled_by = %(cancelled_by)s, cancel_reason = %(cancel_reason)s,
        arrival_distance_m = %(arrival_distance_m)s, cancel_verdict = %(cancel_verdict)s, cancel_rule = %(cancel_rule)s,
        cancellation_fee_minor = %(cancellation_fee_minor)s, driven_distance_m = %(driven_distance_m)s,
        driven_duration_s = %(driven_duration_s)s, final_breakdown = %(final_breakdown)s,
        final_amount_minor = %(final_amount_minor)s
    where id = %(id)s and version = %(version)s - 1
    returning id
), logged as (
    insert into trip_events (trip_id, seq, type, at, actor, actor_id, data)
    select id, %(version)s, %(type)s, %(at)s, %(actor)s, %(actor_id)s, %(data)s
    from changed
)
select id, outbox_add(%(events)s) from changed
