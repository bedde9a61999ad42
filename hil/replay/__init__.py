"""Measured data through observers and diagnosis: commissioning the twin, and replay."""
