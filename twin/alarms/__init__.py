"""Alarms of a plant that is watched: limits, causes of the twin, lost links, in one list.

State in, state out; time is an argument. Nothing here reads, writes or tells anybody.
"""
