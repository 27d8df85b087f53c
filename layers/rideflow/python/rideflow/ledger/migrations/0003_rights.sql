-- What functions do to the ledger. Nobody changes a journal, an entry, a snapshot or a check.
grant select, insert on ledger_accounts, ledger_journals, ledger_entries, ledger_snapshots, ledger_checks to functions;
grant select on ledger_account_balances to functions;
grant select, insert, update on ledger_balances to functions;
grant select, insert, delete on ledger_open_journals to functions;
grant execute on function ledger_post to functions;

grant select on
    ledger_accounts, ledger_journals, ledger_entries, ledger_balances, ledger_open_journals, ledger_snapshots, ledger_checks,
    ledger_account_balances
to reader;
