"""Identity: accounts (Cognito), their roles, and the permissions of each role."""
