"""The monthly cost of a stage in us-east-1, from list prices, its templates, and the design's use of AWS per ride."""
