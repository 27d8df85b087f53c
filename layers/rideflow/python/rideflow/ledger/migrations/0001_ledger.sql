-- Double entry: a debit is positive, a credit negative; amounts are minor units of the account's currency. How journals are
-- posted, and what reads them: `ledger/store.py`. What a kind of account is for: the context that posts to it (ADR 151).

-- `owner_id` is null for the platform. `is_floored` accounts never go below zero, with what is reserved of them counted.
-- `keeps_balance` accounts, those of people, have their balance in a row of `ledger_balances`. Many postings at once would
-- queue for the row of a platform's account, so its balance is a snapshot and the entries since then. What a cause puts into
-- an `is_clearing` account, it takes out again in a later step.
create table ledger_accounts (
    id uuid primary key,
    owner_kind text not null check (owner_kind ~ '^[a-z_]{1,40}$'),
    owner_id uuid,
    kind text not null check (kind ~ '^[a-z_]{1,40}$'),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    normal_side text not null check (normal_side in ('debit', 'credit')),
    is_floored boolean not null,
    keeps_balance boolean not null check (keeps_balance or not is_floored),
    is_clearing boolean not null,
    opened_at timestamptz not null,
    unique nulls not distinct (owner_kind, owner_id, kind, currency),
    unique (id, currency)
);

-- `pending` reserves its lines; a later journal `resolves` it: `posted` moves other lines in place of it, `void` none.
-- `cause_type`, `cause_id` and `step` are what the journal is posted for, once. `memo` says it in words.
create table ledger_journals (
    id uuid primary key,
    cause_type text not null check (cause_type ~ '^[a-z_]{1,40}$'),
    cause_id uuid not null,
    step text not null check (step ~ '^[a-z0-9_]{1,40}$'),
    phase text not null check (phase in ('pending', 'posted', 'void')),
    resolves uuid unique,
    resolved_phase text generated always as (case when resolves is not null then 'pending' end) stored,
    reverses uuid unique,
    reversed_phase text generated always as (case when reverses is not null then 'posted' end) stored,
    lines smallint not null check (lines >= 0 and (phase <> 'void' or lines = 0)),
    memo text not null check (length(memo) between 1 and 200),
    effective_at timestamptz not null,
    posted_at timestamptz not null,
    unique (cause_type, cause_id, step),
    unique (id, phase),
    unique (id, phase, lines),
    foreign key (resolves, resolved_phase) references ledger_journals (id, phase),
    foreign key (reverses, reversed_phase) references ledger_journals (id, phase),
    check (phase <> 'pending' or (resolves is null and reverses is null)),
    check (phase <> 'void' or resolves is not null)
);

-- `position` grows with every entry. `sequence` numbers the posted entries of an account that keeps its balance, without
-- gaps: a statement's lines, and where a payout cuts off. `balance_minor` is that account's balance after the entry.
create table ledger_entries (
    position bigint generated always as identity,
    journal_id uuid not null,
    line smallint not null,
    lines smallint not null check (line between 1 and lines),
    phase text not null check (phase in ('pending', 'posted')),
    account_id uuid not null,
    currency text not null,
    amount_minor bigint not null check (amount_minor <> 0),
    sequence bigint,
    balance_minor bigint,
    posted_at timestamptz not null,
    primary key (journal_id, line),
    foreign key (journal_id, phase, lines) references ledger_journals (id, phase, lines),
    foreign key (account_id, currency) references ledger_accounts (id, currency),
    check ((sequence is null) = (balance_minor is null) and (phase = 'posted' or sequence is null))
);
create unique index ledger_entries_sequence on ledger_entries (account_id, sequence) where sequence is not null;
-- A balance sums the amounts after a snapshot from the index alone; statements read pages of it.
create unique index ledger_entries_position on ledger_entries (account_id, position) include (amount_minor)
    where phase = 'posted';
-- What was posted since a check or a snapshot: ranges of pages, since rows lie in their order. With a tree of positions the
-- planner would read a statement's page from the newest entries of all accounts.
create index ledger_entries_order on ledger_entries using brin (position) with (autosummarize = on);
create index ledger_entries_period on ledger_entries (account_id, posted_at) where phase = 'posted';

-- The balances of people's accounts, debits positive, changed in the transaction that posts. `pending_debit_minor` and
-- `pending_credit_minor` are what open pending journals reserve. Side and floor repeat the account's, for the check.
create table ledger_balances (
    account_id uuid primary key references ledger_accounts,
    normal_side text not null,
    is_floored boolean not null,
    posted_minor bigint not null default 0,
    pending_debit_minor bigint not null default 0 check (pending_debit_minor >= 0),
    pending_credit_minor bigint not null default 0 check (pending_credit_minor >= 0),
    last_sequence bigint not null default 0,
    constraint ledger_balances_floor check (
        not is_floored
        or case normal_side
            when 'credit' then -posted_minor - pending_debit_minor
            else posted_minor - pending_credit_minor
        end >= 0
    )
);

-- Pending journals that nothing has resolved: few of many.
create table ledger_open_journals (
    journal_id uuid primary key references ledger_journals,
    since timestamptz not null
);

-- The balance of a platform's account of all entries up to and with `position`.
create table ledger_snapshots (
    account_id uuid not null references ledger_accounts,
    position bigint not null,
    posted_minor bigint not null,
    taken_at timestamptz not null,
    primary key (account_id, position)
);

-- The entries up to `position` were compared with balances and snapshots; `differences` names what did not agree. Those up
-- to `cleared_position` were old enough to be cleared; `uncleared` names the causes that were not.
create table ledger_checks (
    id uuid primary key,
    position bigint not null,
    cleared_position bigint not null,
    entries bigint not null,
    differences jsonb not null,
    uncleared jsonb not null,
    checked_at timestamptz not null
);

-- An account's posted debits less its credits, and what open journals reserve against its normal side. A kept balance is its
-- row; another one is the newest snapshot and the entries after it.
create view ledger_account_balances as
select
    account.id as account_id,
    coalesce(kept.posted_minor, snapshot.posted_minor + tail.posted_minor)::bigint as posted_minor,
    case
        when kept.account_id is null then reserved.minor::bigint
        when account.normal_side = 'credit' then kept.pending_debit_minor
        else kept.pending_credit_minor
    end as reserved_minor
from ledger_accounts as account
left join ledger_balances as kept on kept.account_id = account.id
left join lateral (
    select coalesce(max(position), 0) as position from ledger_snapshots where account_id = account.id
) as newest on kept.account_id is null
left join lateral (
    select coalesce(sum(posted_minor), 0) as posted_minor
    from ledger_snapshots
    where account_id = account.id and position = newest.position
) as snapshot on kept.account_id is null
left join lateral (
    select coalesce(sum(amount_minor), 0) as posted_minor
    from ledger_entries
    where account_id = account.id and phase = 'posted' and position > newest.position
) as tail on kept.account_id is null
left join lateral (
    select coalesce(sum(abs(entry.amount_minor)), 0) as minor
    from ledger_open_journals
    join ledger_entries as entry using (journal_id)
    where entry.account_id = account.id and (entry.amount_minor > 0) = (account.normal_side = 'credit')
) as reserved on kept.account_id is null;

create function ledger_is_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger is never changed: post a journal that reverses' using errcode = 'restrict_violation';
end;
$$;
create trigger ledger_journals_append_only before update or delete on ledger_journals
    for each row execute function ledger_is_append_only();
create trigger ledger_journals_not_truncated before truncate on ledger_journals
    for each statement execute function ledger_is_append_only();
create trigger ledger_entries_append_only before update or delete on ledger_entries
    for each row execute function ledger_is_append_only();
create trigger ledger_entries_not_truncated before truncate on ledger_entries
    for each statement execute function ledger_is_append_only();

-- Judged at the commit, when all entries of the journal are there: they sum to zero in each currency, and a reversal has the
-- lines of what it reverses, turned round. No entry is added later, since every line is taken.
create function ledger_journal_balances() returns trigger language plpgsql as $$
declare
    entries bigint;
    unbalanced bigint;
begin
    select coalesce(sum(count), 0), count(*) filter (where minor <> 0)
    from (
        select count(*) as count, sum(amount_minor) as minor from ledger_entries where journal_id = new.id group by currency
    ) as of_currency
    into entries, unbalanced;
    if unbalanced > 0 then
        raise exception 'the entries of journal % do not sum to zero', new.id
            using errcode = 'check_violation', constraint = 'ledger_journals_balanced';
    end if;
    if entries <> new.lines then
        raise exception 'journal % lacks some of its % entries', new.id, new.lines
            using errcode = 'check_violation', constraint = 'ledger_journals_balanced';
    end if;
    if new.reverses is not null and exists (
        select from ledger_entries
        where journal_id in (new.id, new.reverses)
        group by account_id, abs(amount_minor)
        having sum(amount_minor) <> 0 or count(*) filter (where journal_id = new.id) * 2 <> count(*)
    ) then
        raise exception 'journal % has other lines than the one that it reverses', new.id
            using errcode = 'check_violation', constraint = 'ledger_journals_reversed';
    end if;
    return null;
end;
$$;
create constraint trigger ledger_journals_balanced after insert on ledger_journals
    deferrable initially deferred for each row execute function ledger_journal_balances();
