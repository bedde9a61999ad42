"""Equations that the plant models share: water, exchangers, pipes, tanks, machines, meters."""
