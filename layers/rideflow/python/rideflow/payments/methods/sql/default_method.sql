select provider, customer_ref, method_ref
from published_default_methods
where rider_id = %(rider_id)s
