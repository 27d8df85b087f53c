"""The shared kernel: entry points, errors, ids, money, geography, stores, outbox, idempotency, observability."""
