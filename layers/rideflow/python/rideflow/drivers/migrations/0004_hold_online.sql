-- Published: keeps a driver who takes trips online until the commit, for the statement in which dispatch gives them one.
-- No row for a driver who is offline. As a volatile function it reads what was committed by now, not when the calling
-- statement began; the share lock makes `go offline` wait for the commit, and then see the trip.
create function drivers_hold_online(driver_id uuid) returns setof uuid language sql volatile as $$
    select drivers.id from drivers where drivers.id = drivers_hold_online.driver_id and drivers.online for share
$$;
