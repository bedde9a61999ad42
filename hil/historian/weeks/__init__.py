"""The historian of a plant that is watched for years: a SQLite file an ISO week.

The way of a sample, and who knows what:

| | |
|---|---|
| `channel`, `iso_week`, `moments` | what is told and given back; weeks and times |
| `batch` | appended, and in memory until a commit has succeeded |
| `writer` | commits, seals, makes room; the only one who writes in a folder |
| `partition`, `newest`, `open_minutes` | newest rows of a week, a blob each, and their minutes |
| `seal` | an hour of them becomes a block: a chunk and its roll-ups for each channel |
| `ints`, `runs`, `codec`, `rollup`, `minute_marks` | bytes of chunks and roll-ups |
| `tidy`, `ballast`, `migrate` | a week that is over, a full disk, a file of an older version |
| `schema`, `layout`, `query`, `files` | tables, whose columns they are, files of a folder |
| `reader` | any question; each is asked of one snapshot a file |
| `snapshots`, `pool`, `week_view` | a file as it is at one moment; what is damaged is named |
| `row_blocks`, `merged` | rows, block after block; several streams as one table |
| `levels`, `grid` | series from samples, minutes or hours |
| `export`, `importing`, `check` | `hukka data` |
"""

from hil.historian.weeks.channel import Channel, Gap, Keep, Rows, rounded
from hil.historian.weeks.reader import Weeks
from hil.historian.weeks.writer import WeekWriter

__all__ = ["Channel", "Gap", "Keep", "Rows", "WeekWriter", "Weeks", "rounded"]
