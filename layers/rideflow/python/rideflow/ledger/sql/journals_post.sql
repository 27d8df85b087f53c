-- Journals with their entries and the balances that they change. A journal whose cause has one is not posted again. Nothing
-- is posted if an account or a journal to resolve is missing; `missing` then names the accounts.
--
-- The shared lock, until the commit, lets a snapshot wait for postings that are under way: then no entry with a lower
-- position than the last one is still to come. Rows of balances are locked in the order of their accounts, so that two
-- postings never wait for each other.
with given as materialized (
    select *
    from jsonb_to_recordset(%(journals)s) as journal (
        id uuid, cause_type text, cause_id uuid, step text, phase text, lines smallint, memo text, effective_at timestamptz,
        resolves_type text, resolves_id uuid, resolves_step text,
        reverses_type text, reverses_id uuid, reverses_step text
    )
    cross join (select pg_advisory_xact_lock_shared(%(lock)s)) as posting
),

line as materialized (
    select given.*, account.keeps_balance, account.id is null as is_missing
    from jsonb_to_recordset(%(lines)s) as given (
        number integer, journal_id uuid, line smallint, account_id uuid, currency text, amount_minor bigint
    )
    left join ledger_accounts as account on account.id = given.account_id
),

posted as (
    insert into ledger_journals (
        id, cause_type, cause_id, step, phase, resolves, reverses, lines, memo, effective_at, posted_at
    )
    select
        given.id, given.cause_type, given.cause_id, given.step, given.phase, resolved.id, reversed.id, given.lines, given.memo,
        given.effective_at, %(at)s
    from given
    left join ledger_journals as resolved
        on resolved.cause_type = resolves_type and resolved.cause_id = resolves_id and resolved.step = resolves_step
    left join ledger_journals as reversed
        on reversed.cause_type = reverses_type and reversed.cause_id = reverses_id and reversed.step = reverses_step
    where
        not exists (select from line where is_missing)
        and (resolves_id is null) = (resolved.id is null)
        and (reverses_id is null) = (reversed.id is null)
    order by given.cause_type, given.cause_id, given.step
    on conflict (cause_type, cause_id, step) do nothing
    returning id, phase, resolves, lines
),

reserved as (
    insert into ledger_open_journals (journal_id, since)
    select id, %(at)s
    from posted
    where phase = 'pending'
),

resolved as (
    delete from ledger_open_journals as open
    using posted
    where open.journal_id = posted.resolves
    returning open.journal_id
),

change as (
    select account_id, posted.phase, line.amount_minor, 1 as sign
    from line
    join posted on posted.id = line.journal_id
    where line.keeps_balance
    union all
    select entry.account_id, entry.phase, entry.amount_minor, -1
    from resolved
    join ledger_entries as entry using (journal_id)
    join ledger_accounts as account on account.id = entry.account_id
    where account.keeps_balance
),

total as (
    select
        account_id,
        coalesce(sum(amount_minor) filter (where phase = 'posted'), 0) as posted_minor,
        coalesce(sum(sign * amount_minor) filter (where phase = 'pending' and amount_minor > 0), 0) as pending_debit_minor,
        coalesce(sum(-sign * amount_minor) filter (where phase = 'pending' and amount_minor < 0), 0) as pending_credit_minor,
        count(*) filter (where phase = 'posted') as entries
    from change
    group by account_id
),

locked as materialized (
    select account_id
    from ledger_balances
    where account_id in (select account_id from total)
    order by account_id
    for update
),

balanced as (
    update ledger_balances as balance
    set
        posted_minor = balance.posted_minor + total.posted_minor,
        pending_debit_minor = balance.pending_debit_minor + total.pending_debit_minor,
        pending_credit_minor = balance.pending_credit_minor + total.pending_credit_minor,
        last_sequence = balance.last_sequence + total.entries
    from total
    join locked using (account_id)
    where balance.account_id = total.account_id
    returning
        balance.account_id, balance.posted_minor - total.posted_minor as before_minor,
        balance.last_sequence - total.entries as before_sequence
),

written as (
    insert into ledger_entries (
        journal_id, line, lines, phase, account_id, currency, amount_minor, sequence, balance_minor, posted_at
    )
    select
        line.journal_id, line.line, posted.lines, posted.phase, line.account_id, line.currency, line.amount_minor,
        before_sequence + row_number() over earlier, before_minor + sum(line.amount_minor) over earlier, %(at)s
    from line
    join posted on posted.id = line.journal_id
    left join balanced on balanced.account_id = line.account_id and posted.phase = 'posted'
    window earlier as (partition by line.account_id, posted.phase order by line.number)
    order by line.number
)

select
    array(select id from posted) as posted,
    array(select distinct account_id from line where is_missing) as missing
