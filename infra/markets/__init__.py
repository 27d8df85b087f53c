"""Markets before they are deployed: `python -m infra.markets` reports faults of their files."""

from infra.markets.folders import MARKETS, MarketFaultsError, check, deployed_folders, faults, market_folders

__all__ = ["MARKETS", "MarketFaultsError", "check", "deployed_folders", "faults", "market_folders"]
