"""The driver index in Redis, an adapter for each job, all of its Lua beside them.

Every use is one script or command on one zone.
"""
