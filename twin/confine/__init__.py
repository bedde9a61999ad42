"""Shuts a process in before it runs code of somebody else: files, network, programs, memory.

Only Linux offers the means. What a system has is used and told; what it lacks is told too.
"""

from twin.confine.confine import Allowed, confine, no_more_copies
from twin.confine.places import came_along, of_python
from twin.confine.seccomp import NOTHING, Left

__all__ = ["NOTHING", "Allowed", "Left", "came_along", "confine", "no_more_copies", "of_python"]
