"""The stacks: they compose what the contexts declare, and grant."""
