-- Positions can be read now. Since when without a gap? After one that is too long it begins anew.
insert into trip_listening as listening (market, since, last_at)
values (%(market)s, %(now)s, %(now)s)
on conflict (market) do update set
    since = case when listening.last_at < %(now)s::timestamptz - %(longest_gap)s then %(now)s else listening.since end,
    last_at = greatest(listening.last_at, excluded.last_at)
returning since
