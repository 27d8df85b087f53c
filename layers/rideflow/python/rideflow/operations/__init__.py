"""Operations: what staff do to trips, zones and events, and what they see of them."""
