"""What a stage costs in us-east-1, from list prices, its own templates, and what the design makes a ride use."""
