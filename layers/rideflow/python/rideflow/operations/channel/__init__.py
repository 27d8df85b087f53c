"""The operators' channel: staff look at a market and get a frame a second, for as long as they look."""
