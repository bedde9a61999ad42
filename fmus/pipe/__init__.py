"""A single pipe, sharp (Co-Simulation) or smooth (both interfaces), with one interface."""
