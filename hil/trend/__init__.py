"""Measured data from files: run folders, CSV and Parquet exports, and the map of their columns."""
