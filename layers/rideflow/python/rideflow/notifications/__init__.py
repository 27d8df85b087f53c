"""Notifications: telling people what happened.

An event passes through these files in this order: `events` (its members that are read), `audience` (the people whom it
concerns), `matrix` (the channels by which each of them is told), `preferences` (the channels that a person takes),
`channels` and `templates` (the message, and sending it), `log` (the outcome).
"""
