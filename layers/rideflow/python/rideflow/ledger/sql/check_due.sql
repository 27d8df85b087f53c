-- When a check has something to do: entries that were not checked, a difference or an uncleared cause that was found, or an
-- open journal that is old by then; null if it has nothing to do.
with last as (
    select position, cleared_position, jsonb_array_length(differences) + jsonb_array_length(uncleared) as found
    from ledger_checks
    order by id desc
    limit 1
)

select
    least(
        (
            select min(posted_at)
            from ledger_entries
            where position > coalesce((select position from last), 0)
        ),
        (
            select min(posted_at) + make_interval(secs => %(cleared_within_s)s)
            from ledger_entries
            where position > coalesce((select cleared_position from last), 0)
        ),
        (select min(since) + make_interval(secs => %(cleared_within_s)s) from ledger_open_journals),
        (select %(now)s::timestamptz from last where found > 0)
    ) as due_at
