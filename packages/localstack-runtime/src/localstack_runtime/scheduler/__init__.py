"""EventBridge Scheduler, and the schedules of EventBridge rules: due times and deliveries."""
