"""Realtime: the WebSocket connections of people, frames pushed to them, and the events that an app missed."""
