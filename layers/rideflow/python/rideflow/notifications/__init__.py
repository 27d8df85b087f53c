"""Notifications: messages to people about events.

An event passes through these files in this order: `events` (the members that are read), `audience` (the people whom it
concerns), `matrix` (the channels for each of them), `preferences` (the channels that a person accepts), `channels` and
`templates` (the message and its delivery), `log` (the outcome).
"""
