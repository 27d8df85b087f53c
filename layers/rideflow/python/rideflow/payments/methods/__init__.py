"""Payment methods: cards, the customers that they belong to, and their setup."""
