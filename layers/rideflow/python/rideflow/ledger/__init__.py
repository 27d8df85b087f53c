"""The ledger: accounts, journals, balances and statements. It knows neither trips nor payment providers."""
