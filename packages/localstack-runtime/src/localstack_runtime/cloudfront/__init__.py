"""Distributions of CloudFront in front of S3, served by LocalStack's gateway."""
