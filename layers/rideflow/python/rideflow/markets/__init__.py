"""What differs from market to market, as data: one folder each, with its areas, prices, rules, terms and figures.

A use case asks once which market it is about, by a place or by the id that a row carries. It hands the `Market` (or the
`Zone`, which knows its market) down to what it calls: no function below looks a market up.
"""
