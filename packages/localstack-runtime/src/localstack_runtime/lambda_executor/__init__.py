"""Lambda execution environments as operating-system processes: AWS's own runtime client against our Runtime API."""
