-- What the ride needs of its driver, as it was quoted (`kernel/needs.py`).
alter table trips add column needs jsonb not null default '{}';
alter table scheduled_rides add column needs jsonb not null default '{}';
