-- What does not agree, of the entries after `since` up to `position`: each row says which rule, of what, and both amounts.
with checked as materialized (
    select *
    from ledger_entries
    where position > %(since)s and position <= %(position)s
),

kept as materialized (
    select distinct account_id
    from checked
    where phase = 'posted' and sequence is not null
)

-- The entries of a journal are all there, and sum to zero in each currency.
select 'journal_sums_to_zero' as rule, journal_id as id, 0 as expected_minor, sum(amount_minor) as found_minor
from checked
group by journal_id, currency
having sum(amount_minor) <> 0
union all
select 'journal_is_whole', journal_id, max(lines), count(*)
from checked
group by journal_id
having max(lines) <> count(*)
-- An entry continues the balance of the one before it.
union all
select 'entry_continues', entry.account_id, coalesce(before.balance_minor, 0) + entry.amount_minor, entry.balance_minor
from checked as entry
left join ledger_entries as before
    on before.account_id = entry.account_id and before.sequence = entry.sequence - 1
where
    entry.sequence is not null
    and (
        entry.balance_minor <> coalesce(before.balance_minor, 0) + entry.amount_minor
        or (before.sequence is null) <> (entry.sequence = 1)
    )
-- A posted entry of an account that keeps its balance is numbered.
union all
select 'entry_is_numbered', entry.account_id, 1, 0
from checked as entry
join ledger_accounts as account on account.id = entry.account_id
where entry.phase = 'posted' and account.keeps_balance <> (entry.sequence is not null)
-- The kept balance is that of the account's last entry.
union all
select 'balance_is_the_last', balance.account_id, coalesce(last.balance_minor, 0), balance.posted_minor
from kept
join ledger_balances as balance using (account_id)
left join lateral (
    select sequence, balance_minor
    from ledger_entries
    where account_id = kept.account_id and sequence is not null
    order by sequence desc
    limit 1
) as last on true
where balance.posted_minor <> coalesce(last.balance_minor, 0) or balance.last_sequence <> coalesce(last.sequence, 0)
-- What a balance has reserved is what open journals reserve.
union all
select
    'reserved_is_open', balance.account_id, coalesce(open.minor, 0), balance.pending_debit_minor + balance.pending_credit_minor
from ledger_balances as balance
left join (
    select
        account_id, sum(abs(amount_minor)) as minor, sum(greatest(amount_minor, 0)) as debit_minor,
        sum(greatest(-amount_minor, 0)) as credit_minor
    from ledger_open_journals
    join ledger_entries using (journal_id)
    group by account_id
) as open using (account_id)
where
    balance.pending_debit_minor <> coalesce(open.debit_minor, 0)
    or balance.pending_credit_minor <> coalesce(open.credit_minor, 0)
-- A pending journal is open until another one resolves it.
union all
select 'pending_is_open', journal.id, 1, 0
from ledger_journals as journal
where
    journal.id in (select journal_id from checked where phase = 'pending')
    and not exists (select from ledger_open_journals where journal_id = journal.id)
    and not exists (select from ledger_journals as later where later.resolves = journal.id)
union all
select 'resolved_is_not_open', open.journal_id, 0, 1
from ledger_open_journals as open
where exists (select from ledger_journals as later where later.resolves = open.journal_id)
-- A snapshot is the one before it and the entries between them.
union all
select 'snapshot_continues', snapshot.account_id, coalesce(before.posted_minor, 0) + between_them.minor, snapshot.posted_minor
from ledger_snapshots as snapshot
left join lateral (
    select position, posted_minor
    from ledger_snapshots
    where account_id = snapshot.account_id and position < snapshot.position
    order by position desc
    limit 1
) as before on true
cross join lateral (
    select coalesce(sum(amount_minor), 0) as minor
    from ledger_entries
    where
        account_id = snapshot.account_id and phase = 'posted'
        and position > coalesce(before.position, 0) and position <= snapshot.position
) as between_them
where
    snapshot.position > %(since)s and snapshot.position <= %(position)s
    and snapshot.posted_minor <> coalesce(before.posted_minor, 0) + between_them.minor
-- An account was opened as the code says of its kind: one that lacks its floor can be overdrawn, and it stays so.
union all
select 'account_is_of_its_kind', account.id, 1, 0
from jsonb_to_recordset(%(kinds)s) as said (
    kind text, normal_side text, is_floored boolean, keeps_balance boolean, is_clearing boolean
)
join ledger_accounts as account using (kind)
where
    (account.normal_side, account.is_floored, account.keeps_balance, account.is_clearing)
    <> (said.normal_side, said.is_floored, said.keeps_balance, said.is_clearing)
limit %(limit)s
