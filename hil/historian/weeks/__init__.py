"""The historian of a plant that is watched for years: a SQLite file an ISO week."""

from hil.historian.weeks.channel import Channel, Gap, Keep, Rows, rounded
from hil.historian.weeks.reader import Weeks
from hil.historian.weeks.writer import WeekWriter

__all__ = ["Channel", "Gap", "Keep", "Rows", "WeekWriter", "Weeks", "rounded"]
