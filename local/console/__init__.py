"""The web console's files: what is published beside its build, and how."""
