"""Identity: who people are (Cognito), which roles they have, and what each role may do."""
