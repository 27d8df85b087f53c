-- What functions do to the ledger. Nobody changes a journal, an entry, a snapshot or a check, and functions write nothing but
-- by the functions of `0002_post.sql`.
grant select on
    ledger_accounts, ledger_journals, ledger_entries, ledger_balances, ledger_open_journals, ledger_snapshots, ledger_checks,
    ledger_account_balances
to functions;
grant execute on function
    ledger_post, ledger_open_accounts, ledger_take_snapshots, ledger_record_check, ledger_wait_for_postings
to functions;

grant select on
    ledger_accounts, ledger_journals, ledger_entries, ledger_balances, ledger_open_journals, ledger_snapshots, ledger_checks,
    ledger_account_balances
to reader;
