"""The cloud on a laptop, and the `rideflow` command.

- `setup`, `needs`, `find_python.sh` and `redis_binary` make the environments; `environments/` has the locks.
- `stack` starts the servers: `postgres`, `redis`, and `emulators` (LocalStack, ministack, the Stripe double).
- `processes` and `keeper` hold each server, so that none outlives the stack. `supervisor` is the process of `up`.
- `cdk` and `deploy` synthesise the templates and deploy them to the running stack.
- `cli` and `commands/` are the command line.

`setup`, `caches`, `needs` and `paths` import the standard library alone: they run before anything is installed.
"""
