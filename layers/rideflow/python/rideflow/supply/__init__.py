"""The driver index: where drivers are, who is free, eligible, reserved, queued. All of its Redis keys and Lua."""
