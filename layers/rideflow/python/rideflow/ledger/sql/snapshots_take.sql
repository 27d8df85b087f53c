-- The balance, up to a position, of each account that keeps none in a row and was posted to since its last snapshot.
insert into ledger_snapshots (account_id, position, posted_minor, taken_at)
select account.id, %(position)s, coalesce(before.posted_minor, 0) + since.posted_minor, %(at)s
from ledger_accounts as account
left join lateral (
    select position, posted_minor
    from ledger_snapshots
    where account_id = account.id and position <= %(position)s
    order by position desc
    limit 1
) as before on true
cross join lateral (
    select sum(amount_minor) as posted_minor
    from ledger_entries
    where
        account_id = account.id and phase = 'posted'
        and position > coalesce(before.position, 0) and position <= %(position)s
) as since
where not account.keeps_balance and since.posted_minor is not null
on conflict (account_id, position) do nothing
