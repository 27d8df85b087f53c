"""What roles may do: policies are evaluated for every call that is made with a role's credentials."""
