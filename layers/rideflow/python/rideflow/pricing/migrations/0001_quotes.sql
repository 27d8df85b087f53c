-- Promised prices. `rate` is the rate card of the price, so that the final fare of the ride uses the same one even if
-- the rates have changed since; `rates_version` is its name (`markets/versions.py`). `cancellation_terms` are the
-- rules for cancelling its ride, with their name, which hold as long as the price. `needs` are the ride's requirements
-- of its driver; a trip that is requested by the quote has the same. `line` is the quoted way as an encoded polyline
-- (`kernel/polyline.py`), if the routing port knows one.
create table quotes (
    id uuid primary key,
    rider_id uuid not null,
    market text not null,
    zone text not null,
    product text not null,
    needs jsonb not null default '{}',
    pickup_lat double precision not null,
    pickup_lng double precision not null,
    dropoff_lat double precision not null,
    dropoff_lng double precision not null,
    distance_m integer not null check (distance_m >= 0),
    duration_s integer not null check (duration_s >= 0),
    line text,
    rate jsonb not null,
    rates_version text not null,
    cancellation_terms jsonb not null,
    surge numeric(4, 2) not null check (surge >= 1),
    breakdown jsonb not null,
    amount_minor bigint not null check (amount_minor >= 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    created_at timestamptz not null,
    expires_at timestamptz not null check (expires_at > created_at)
);
