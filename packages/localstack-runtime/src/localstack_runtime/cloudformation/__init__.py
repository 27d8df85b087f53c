"""CloudFormation resource types that LocalStack lacks, or answers with an empty shell."""
