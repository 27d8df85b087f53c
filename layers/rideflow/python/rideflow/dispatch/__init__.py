"""Dispatch: open requests, joint assignment by expected arrival, offers and their answers, the match saga."""
