select fingerprint, response
from idempotency_keys
where person_id = %(person_id)s and operation = %(operation)s and key = %(key)s
