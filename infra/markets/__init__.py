"""Markets before they are deployed: `python -m infra.markets` says what is wrong with their files, if anything."""

from infra.markets.folders import MARKETS, MarketFaultsError, check, faults, market_folders

__all__ = ["MARKETS", "MarketFaultsError", "check", "faults", "market_folders"]
