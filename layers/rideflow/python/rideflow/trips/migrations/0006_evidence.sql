-- How far from the pickup the driver's phone was at the arrival (null: nothing could tell), and whose fault it is that a trip
-- ended without a ride, by which rule.
alter table trips
    add column arrival_distance_m integer check (arrival_distance_m >= 0),
    add column cancel_verdict text check (cancel_verdict in ('rider', 'driver', 'nobody')),
    add column cancel_rule text;
