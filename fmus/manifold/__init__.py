"""Mains that several machines in parallel share."""
