-- What the ride needs of its driver: a quote is for that ride, and whoever requests it by the quote needs the same.
alter table quotes add column needs jsonb not null default '{}';
