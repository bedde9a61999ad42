"""A real plant watched for years: read over its links, predicted, kept, and survived."""
