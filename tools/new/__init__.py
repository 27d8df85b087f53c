"""`make new OPERATION=<context>/<name>`: every file that an operation of the REST API consists of."""
