-- The ways into the ledger. They run with their owner's rights, since functions have none to write its tables: whoever calls
-- them may post what balances, and can neither set a balance nor make up a snapshot, nor a check of what is yet to be posted.
--
-- `ledger_post` posts journals with their entries and the balances that they change; the lines are objects in their order. A
-- journal whose cause has one is not posted again. Nothing is posted if an account is missing; `missing` then names those. A
-- journal is left out if the one to resolve or reverse is not there.
--
-- A function, since a session plans its statements once: behind RDS Proxy a statement that a client sends is planned each
-- time. `array(select unnest(…))` hides how long an array is; otherwise each call is planned anew, as cheaper for few lines.
--
-- The shared lock, until the commit, lets a snapshot wait for postings that are under way: then no entry with a lower
-- position than the last one is still to come. Rows of balances are locked in the order of their accounts, so that two
-- postings never wait for each other; a later statement changes them, since it sees what the locks waited for.
create function ledger_post(
    journals jsonb, lines jsonb, at timestamptz, posting_lock bigint, out posted uuid[], out missing uuid[]
) security definer set search_path = public, pg_temp language plpgsql as $$
#variable_conflict use_column
declare
    accounts uuid[];
    known integer;
    keeping uuid[];
    resolving uuid[];
    pending uuid[];
    freed uuid[];
    freed_minors bigint[];
    befores bigint[];
    sequences bigint[];
begin
    perform pg_advisory_xact_lock_shared(posting_lock);
    accounts := array(select distinct account_id from jsonb_to_recordset(ledger_post.lines) as line (account_id uuid));
    select count(*), array_agg(id) filter (where keeps_balance)
    from ledger_accounts
    where id = any(array(select unnest(accounts)))
    into known, keeping;
    if known <> cardinality(accounts) then
        missing := array(
            select account_id from unnest(accounts) as given (account_id)
            where not exists (select from ledger_accounts where id = account_id)
        );
        return;
    end if;

    with given as materialized (
        select
            journal.*,
            (select id from ledger_journals
                where cause_type = resolves_type and cause_id = resolves_id and step = resolves_step) as resolved,
            (select id from ledger_journals
                where cause_type = reverses_type and cause_id = reverses_id and step = reverses_step) as reversed
        from jsonb_to_recordset(journals) as journal (
            id uuid, cause_type text, cause_id uuid, step text, phase text, lines smallint, memo text,
            effective_at timestamptz, resolves_type text, resolves_id uuid, resolves_step text,
            reverses_type text, reverses_id uuid, reverses_step text
        )
    ), made as (
        insert into ledger_journals (
            id, cause_type, cause_id, step, phase, resolves, reverses, lines, memo, effective_at, posted_at
        )
        select id, cause_type, cause_id, step, phase, resolved, reversed, lines, memo, effective_at, at
        from given
        where (resolves_id is null) = (resolved is null) and (reverses_id is null) = (reversed is null)
        order by cause_type, cause_id, step
        on conflict (cause_type, cause_id, step) do nothing
        returning id, phase, resolves
    )
    select
        array_agg(id), array_agg(id) filter (where phase = 'pending'),
        array_agg(resolves) filter (where resolves is not null)
    from made
    into posted, pending, resolving;
    if posted is null then
        return;
    end if;

    if pending is not null then
        insert into ledger_open_journals (journal_id, since) select unnest(pending), at;
    end if;
    if resolving is not null then
        delete from ledger_open_journals where journal_id = any(array(select unnest(resolving)));
        select array_agg(account_id), array_agg(amount_minor)
        from ledger_entries
        where journal_id = any(array(select unnest(resolving)))
            and (select keeps_balance from ledger_accounts where id = account_id)
        into freed, freed_minors;
    end if;

    if keeping is not null or freed is not null then
        perform from ledger_balances
        where account_id = any(array(select unnest(keeping || freed)))
        order by account_id
        for update;
        with change as (
            select account_id, phase, amount_minor as minor, 1 as sign
            from jsonb_to_recordset(ledger_post.lines) as line (
                journal_id uuid, phase text, account_id uuid, amount_minor bigint
            )
            where journal_id = any(posted)
            union all
            select account_id, 'pending', minor, -1
            from unnest(freed, freed_minors) as line (account_id, minor)
        ), total as (
            select
                account_id,
                coalesce(sum(minor) filter (where phase = 'posted'), 0) as posted_minor,
                coalesce(sum(sign * minor) filter (where phase = 'pending' and minor > 0), 0) as debit_minor,
                coalesce(sum(-sign * minor) filter (where phase = 'pending' and minor < 0), 0) as credit_minor,
                count(*) filter (where phase = 'posted') as entries
            from change
            group by account_id
        ), balanced as (
            update ledger_balances as balance
            set
                posted_minor = balance.posted_minor + total.posted_minor,
                pending_debit_minor = pending_debit_minor + debit_minor,
                pending_credit_minor = pending_credit_minor + credit_minor,
                last_sequence = last_sequence + entries
            from total
            where balance.account_id = total.account_id
            returning
                balance.account_id, balance.posted_minor - total.posted_minor as before_minor,
                last_sequence - entries as before_sequence
        )
        select array_agg(account_id), array_agg(before_minor), array_agg(before_sequence)
        from balanced
        into keeping, befores, sequences;
    end if;

    insert into ledger_entries (
        journal_id, line, lines, phase, account_id, currency, amount_minor, sequence, balance_minor, posted_at
    )
    select
        journal_id, line, lines, phase, account_id, currency, amount_minor,
        before_sequence + row_number() over earlier, before_minor + sum(amount_minor) over earlier, at
    from jsonb_to_recordset(ledger_post.lines) as line (
        number integer, journal_id uuid, phase text, lines smallint, line smallint, account_id uuid, currency text,
        amount_minor bigint
    )
    left join unnest(keeping, befores, sequences) as balance (kept_id, before_minor, before_sequence)
        on kept_id = account_id and phase = 'posted'
    where journal_id = any(posted)
    window earlier as (partition by account_id, phase order by number)
    order by number;
end
$$;

-- Accounts that a journal needs for the first time, with the rows of their balances. Others may open them at the same time.
create function ledger_open_accounts(
    accounts jsonb, at timestamptz
) returns void security definer set search_path = public, pg_temp language sql as $$
with given as (
    select *
    from jsonb_to_recordset(ledger_open_accounts.accounts) as account (
        id uuid, owner_kind text, owner_id uuid, kind text, currency text, normal_side text, is_floored boolean,
        keeps_balance boolean, is_clearing boolean
    )
),

opened as (
    insert into ledger_accounts (
        id, owner_kind, owner_id, kind, currency, normal_side, is_floored, keeps_balance, is_clearing, opened_at
    )
    select id, owner_kind, owner_id, kind, currency, normal_side, is_floored, keeps_balance, is_clearing, at
    from given
    order by id
    on conflict do nothing
    returning id, normal_side, is_floored, keeps_balance
)

insert into ledger_balances (account_id, normal_side, is_floored)
select id, normal_side, is_floored
from opened
where keeps_balance;
$$;

-- Snapshots of each account that keeps no balance in a row and was posted to since its last one. Each is of all entries up to
-- `up_to`, and has the position of the account's last one, so that no snapshot is ahead of the entries.
create function ledger_take_snapshots(
    up_to bigint, at timestamptz
) returns bigint security definer set search_path = public, pg_temp language sql as $$
with taken as (
    insert into ledger_snapshots (account_id, position, posted_minor, taken_at)
    select account.id, since.position, coalesce(before.posted_minor, 0) + since.posted_minor, at
    from ledger_accounts as account
    left join lateral (
        select position, posted_minor
        from ledger_snapshots
        where account_id = account.id and position <= up_to
        order by position desc
        limit 1
    ) as before on true
    cross join lateral (
        select max(position) as position, sum(amount_minor) as posted_minor
        from ledger_entries
        where
            account_id = account.id and phase = 'posted'
            and position > coalesce(before.position, 0) and position <= up_to
    ) as since
    where not account.keeps_balance and since.posted_minor is not null
    on conflict (account_id, position) do nothing
    returning account_id
)

select count(*) from taken;
$$;

-- The record of a check. One of a position that is ahead of the entries is refused: no later check would look at the entries
-- up to it, and no snapshot would be taken of them (`last_position.sql`).
create function ledger_record_check(
    check_id uuid, up_to bigint, cleared_up_to bigint, new_entries bigint, differing jsonb, not_cleared jsonb, at timestamptz
) returns void security definer set search_path = public, pg_temp language plpgsql as $$
begin
    if greatest(up_to, cleared_up_to) > 0
        and not exists (select from ledger_entries where position >= greatest(up_to, cleared_up_to))
    then
        raise exception 'position % is ahead of the entries', greatest(up_to, cleared_up_to)
            using errcode = 'check_violation', constraint = 'ledger_checks_position';
    end if;
    insert into ledger_checks (id, position, cleared_position, entries, differences, uncleared, checked_at)
    values (check_id, up_to, cleared_up_to, new_entries, differing, not_cleared, at);
end
$$;

-- Waits until no posting is under way; until the transaction ends, none begins. While it waits, others wait behind it, so a
-- transaction that hangs must not let it wait for long: it fails, and is repeated later.
create function ledger_wait_for_postings(
    posting_lock bigint
) returns void set lock_timeout = '2s' language sql as $$
select pg_advisory_xact_lock(posting_lock);
$$;
