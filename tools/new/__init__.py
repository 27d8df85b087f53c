"""`make new OPERATION=<context>/<name>`: writes every file of an operation of the REST API."""
