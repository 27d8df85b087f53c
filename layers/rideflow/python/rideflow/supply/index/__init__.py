"""The driver index in Redis: an adapter for each job, and all Lua scripts.

A call touches the keys of one zone, nearly always in one script or command.
"""
