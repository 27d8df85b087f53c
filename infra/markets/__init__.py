"""Markets before they are deployed: `python -m infra.markets` reports faults of their files."""

from infra.markets.folders import MARKETS, MarketFaultsError, check, faults, market_folders

__all__ = ["MARKETS", "MarketFaultsError", "check", "faults", "market_folders"]
