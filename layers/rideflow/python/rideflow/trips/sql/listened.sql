-- Notes that the market's positions can be read now, and returns since when they could be without a gap. A gap that is too
-- long begins the time anew.
insert into trip_listening as listening (market, since, last_at)
values (%(market)s, %(now)s, %(now)s)
on conflict (market) do update set
    since = case when listening.last_at < %(now)s::timestamptz - %(longest_gap)s then %(now)s else listening.since end,
    last_at = greatest(listening.last_at, excluded.last_at)
returning since
