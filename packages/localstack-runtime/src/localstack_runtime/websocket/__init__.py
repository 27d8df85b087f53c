"""API Gateway's WebSocket APIs, served by LocalStack's own port."""
