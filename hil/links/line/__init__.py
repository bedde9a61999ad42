"""An RS-485 line on line time: characters take their time, and everything that goes wrong on one.

One event queue moves a whole line inside one process, by the clock it is given: under the virtual
clock a run is the same bytes every time and takes no time, under the real clock it is paced. Master
and slaves are `RtuLink` and `RtuServer` as on a real adapter, on ports of the line.
"""

from hil.links.line.disorder import ReplyDisorder
from hil.links.line.emulated import EmulatedLine
from hil.links.line.port import LinePort, SlavePort

__all__ = ["EmulatedLine", "LinePort", "ReplyDisorder", "SlavePort"]
