"""The data of each market: a folder with its areas, prices, rules, terms and figures.

A use case looks its market up once, by a place or by the id in a row. It passes the `Market` (or the `Zone`, which
knows its market) to the functions that it calls, so that these look up no market.
"""
