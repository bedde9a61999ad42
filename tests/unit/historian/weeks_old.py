"""How the files of older versions were made: their tables, and what is in them.

    python tests/unit/historian/weeks_old.py VERSION     # writes `weeks_vVERSION/2026-W48.sqlite`

Version 1 had no roll-ups of hours, 2 none of minutes that are not sealed. The tables stand here as
text so that later ones change nothing.
"""

import sys
import tempfile
from pathlib import Path

import apsw
from weeks_plant import MONDAY, every_second, fill, open_writer

FOLDERS = {version: Path(__file__).parent / f"weeks_v{version}" for version in (1, 2)}
T_NS = every_second(MONDAY, 3 * 3600, 10)
"""Times of its rows: two hours that are sealed, and one that is not."""

TABLES = """
CREATE TABLE channels(
  id INTEGER PRIMARY KEY, stream TEXT NOT NULL, key TEXT NOT NULL, unit TEXT NOT NULL,
  resolution REAL);
CREATE TABLE generations(id INTEGER PRIMARY KEY, stream TEXT NOT NULL, channels TEXT NOT NULL);
CREATE TABLE newest(
  id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, t_ns INTEGER NOT NULL,
  numbers BLOB NOT NULL, qualities BLOB);
CREATE UNIQUE INDEX newest_by_time ON newest(generation, t_ns);
CREATE TABLE blocks(
  id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, hour_ns INTEGER NOT NULL,
  first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, rows INTEGER NOT NULL, crc INTEGER NOT NULL,
  times BLOB NOT NULL);
CREATE TABLE chunks(
  id INTEGER PRIMARY KEY, crc INTEGER NOT NULL, numbers BLOB NOT NULL, qualities BLOB);
CREATE TABLE minutes(id INTEGER PRIMARY KEY, crc INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE gaps(from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL, why TEXT NOT NULL);
"""
HOURS = """
CREATE TABLE hours(
  channel INTEGER NOT NULL, block INTEGER NOT NULL, low REAL NOT NULL, mean REAL NOT NULL,
  high REAL NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (channel, block)) WITHOUT ROWID;
"""
ORDER = ("channels", "generations", "newest", "blocks", "chunks", "minutes", "gaps", "hours")


def make(folder: Path, version: int) -> None:
    """Write `2026-W48.sqlite` with the tables of an older version."""
    tables, order = (TABLES, ORDER[:-1]) if version == 1 else (TABLES + HOURS, ORDER)
    path = folder / "2026-W48.sqlite"
    path.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as other:
        with open_writer(Path(other)) as writer:
            fill(writer, T_NS)
            writer.gap(int(T_NS[0]) - 10**9, int(T_NS[0]), "not running")
            writer.seal(int(T_NS[-1]))
            writer.seal(int(T_NS[-1]))
        db = apsw.Connection(str(path))
        db.execute("PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL")
        db.execute(f"ATTACH '{other}/2026-W48.sqlite' AS new; BEGIN; {tables}")
        for table in order:
            db.execute(f"INSERT INTO main.{table} SELECT * FROM new.{table}")
        db.execute(f"PRAGMA main.application_id = {0x68756B6B}")
        db.execute(f"PRAGMA main.user_version = {version}; COMMIT")
        db.close()


if __name__ == "__main__":
    asked = int(sys.argv[1])
    FOLDERS[asked].mkdir(exist_ok=True)
    make(FOLDERS[asked], asked)
