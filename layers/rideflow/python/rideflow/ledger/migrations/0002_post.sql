-- The one way into the ledger: journals with their entries and the balances that they change. `accounts` are those of the
-- lines, each once; the lines are arrays of one length, in their order. A journal whose cause has one is not posted again.
-- Nothing is posted if an account or a journal to resolve is missing; `missing` then names the accounts.
--
-- A function, since a session plans its statements once: behind RDS Proxy a statement that a client sends is planned each
-- time. `array(select unnest(…))` hides how long an array is; otherwise each call is planned anew, as cheaper for few lines.
--
-- The shared lock, until the commit, lets a snapshot wait for postings that are under way: then no entry with a lower
-- position than the last one is still to come. Rows of balances are locked in the order of their accounts, so that two
-- postings never wait for each other; a later statement changes them, since it sees what the locks waited for.
create function ledger_post(
    journals jsonb, lines jsonb, accounts uuid[], at timestamptz, posting_lock bigint,
    out posted uuid[], out missing uuid[]
) language plpgsql as $$
#variable_conflict use_column
declare
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
