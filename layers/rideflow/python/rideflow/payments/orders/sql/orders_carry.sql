-- The payer's small amounts are charged with this order, the oldest first, as far as its hold reaches. What another
-- settlement is carrying at this moment is left to it.
with waiting as (
    select id, amount_minor, created_at
    from payment_orders
    where
        payer_id = %(payer_id)s and provider = %(provider)s and currency = %(currency)s
        and state = 'carried' and carried_to is null
    order by created_at, id
    for update skip locked
),
fitting as (
    select id, amount_minor, sum(amount_minor) over (order by created_at, id) as up_to_minor from waiting
),
carried as (
    update payment_orders as orders
    set carried_to = %(order_id)s
    from fitting
    where orders.id = fitting.id and fitting.up_to_minor <= %(room_minor)s
    returning orders.amount_minor
)
select coalesce(sum(amount_minor), 0)::bigint as carried_minor from carried
