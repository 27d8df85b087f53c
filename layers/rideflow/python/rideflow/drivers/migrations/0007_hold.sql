-- Published: a driver stays as they are until the commit, and whoever goes online or offline waits for it. The answer is
-- whether they take trips; there is none for somebody who is no driver. As a volatile function it reads what was committed
-- by now, not when the calling statement began.
create function drivers_hold(driver_id uuid) returns setof boolean language sql volatile as $$
    select drivers.online from drivers where drivers.id = drivers_hold.driver_id for share
$$;
