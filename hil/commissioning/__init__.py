"""Procedures that prove a controller: what is done to it, what is expected of it, what was seen."""
