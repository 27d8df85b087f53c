update payment_orders set carried_to = null
where carried_to = %(order_id)s and state = 'carried'
