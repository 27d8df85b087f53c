"""EventBridge Scheduler, and the schedules of EventBridge rules: what is due when, and sending it."""
