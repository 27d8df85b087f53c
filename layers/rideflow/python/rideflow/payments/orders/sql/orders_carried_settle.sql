update payment_orders set state = 'settled', updated_at = %(at)s
where carried_to = %(order_id)s and state = 'carried'
