select
    usable.method_ref as id, usable.brand, usable.last4, usable.exp_month, usable.exp_year,
    published_default_methods.method_ref is not null as is_default
from payment_methods_usable as usable
left join published_default_methods using (rider_id, provider, method_ref)
where usable.rider_id = %(rider_id)s
order by usable.created_at, usable.method_ref
