"""Alarms of a plant that is watched: one panel, its journal on disk, and who is told."""
