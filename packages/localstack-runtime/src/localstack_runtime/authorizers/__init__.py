"""API Gateway's authorizers: a function or a Cognito token decides whether a caller may call a method."""
