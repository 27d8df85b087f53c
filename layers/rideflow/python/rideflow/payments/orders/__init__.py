"""Payment orders: what is owed, its life, its journals and receipts."""
