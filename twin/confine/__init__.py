"""Shuts a process in before it runs code of somebody else: files, network, programs, memory.

Only Linux offers the means. What a system has is used and told; what it lacks is told too.
"""

from twin.confine.confine import Allowed, confine
from twin.confine.places import of_python

__all__ = ["Allowed", "confine", "of_python"]
