"""The driver index in Redis, one module for each job. Every use is one script or command on one zone."""
