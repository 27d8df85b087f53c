"""Realtime: which WebSocket connections a person has, pushing a frame to them, what a reconnecting app missed."""
