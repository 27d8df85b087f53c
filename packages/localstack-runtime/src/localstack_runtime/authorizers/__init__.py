"""API Gateway's authorizers: who may call a method, decided by a function or by a Cognito token."""
