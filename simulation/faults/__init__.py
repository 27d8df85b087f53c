"""Whole rides in one process under a seeded scheduler, with planted failures and an independent oracle (ADR 153).

Read in this order:

1. `decisions`, `clock`, `scheduler`: whoever acts next is decided here, once per step, and can be replayed.
2. `database`, `provider`, `cloud`, `environments`: what the product's functions touch, each call a step.
3. `asl`, `sagas`: the workflows' definitions, interpreted step by step.
4. `injection`: kinds of failures, and the calls that they hit.
5. `people`: riders and drivers.
6. `reference`, `oracle`, `liveness`, `coverage`: what must hold after each step, and at the end.
7. `course`, `house`: what a run is asked for, and the run.
8. `singles`, `hardships`: every single failure, and what fails for long. `exploring`, `shrinking`, `mutants`: the
   search for a failing run, its shortest form, planted faults.
"""
