"""What a soak has left on disk, and whether somebody at the broker has heard the same."""

import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import apsw
import numpy as np
from soak_ears import Ears

from hil.alarms import AlarmReader
from hil.historian.weeks import Weeks
from twin.clock import NS_PER_S

FOREVER = (1 << 62) - 1


@dataclass
class Record:
    """The data folder of a monitor that has ended."""

    data: Path

    @cached_property
    def t_ns(self) -> np.ndarray:
        """i64[n], stamps of the rows [ns since 1970]."""
        return self.rows("measured")[0]

    @cached_property
    def gaps(self) -> list[tuple[int, int, str]]:
        """Holes that it tells of: from, to [ns since 1970], why."""
        with Weeks(self.data / "weeks") as weeks:
            return [(g.from_ns, g.to_ns, g.why) for g in weeks.gaps(0, FOREVER)]

    @property
    def holes(self) -> list[tuple[int, int]]:
        """Stamps between which rows are missing."""
        apart = np.flatnonzero(np.diff(self.t_ns) != NS_PER_S)
        return [(int(self.t_ns[i]), int(self.t_ns[i + 1])) for i in apart]

    def rows(self, stream: str) -> tuple[np.ndarray, np.ndarray]:
        """Stamps i64[n] [ns since 1970] and values f64[n, columns] of a stream."""
        with Weeks(self.data / "weeks") as weeks:
            blocks = list(weeks.rows(stream, 0, FOREVER))
        t_ns = np.concatenate([block.t_ns for block in blocks])
        return t_ns, np.concatenate([block.values for block in blocks])

    def stamps(self) -> list[str]:
        """What is wrong with stamps and holes."""
        wrong = []
        if (np.diff(self.t_ns) <= 0).any():
            wrong.append("stamps do not always rise")
        if (self.t_ns % NS_PER_S).any():
            wrong.append("stamps are not on whole seconds")
        told = {(a, b) for a, b, _ in self.gaps}
        wrong += [f"a hole of {(b - a) / NS_PER_S:g} s is not told" for a, b in self.holes
                  if (a, b) not in told]  # fmt: skip
        lying = told - set(self.holes)
        wrong += [f"a hole of {(b - a) / NS_PER_S:g} s is told that is none" for a, b in lying]
        return wrong

    def files(self) -> list[str]:
        """Files that cannot be read, or are not whole."""
        with Weeks(self.data / "weeks") as weeks:
            wrong = list(weeks.problems())
        for path in [*self.data.glob("*.sqlite"), *(self.data / "weeks").glob("*.sqlite")]:
            try:
                db = apsw.Connection(str(path))
                found = [row[0] for row in db.execute("PRAGMA integrity_check")]
                db.close()
            except apsw.Error as error:
                found = [str(error)]
            if found != ["ok"]:
                wrong.append(f"{path.name}: {found[0]}")
        return wrong

    def heard_rows(self, ears: Ears, stream: str, until_ns: int) -> list[str]:
        """What of a stream, up to `until_ns` [ns since 1970], was lost or twice at the broker."""
        kept_ns, kept = self.rows(stream)
        heard = ears.rows.get(stream, [])
        heard_ns = np.array([t_ns for t_ns, _ in heard], np.int64)
        values = np.array([row for _, row in heard], float).reshape(-1, kept.shape[1])
        wrong = [f"{stream}: {lost}" for lost in ears.lost if lost.startswith(f"{stream}:")]
        lost = np.setdiff1d(kept_ns[kept_ns <= until_ns], heard_ns)
        twice = len(heard_ns) - len(np.unique(heard_ns))
        more = np.setdiff1d(heard_ns, kept_ns)
        for number, what in ((len(lost), "lost"), (twice, "twice"), (len(more), "not recorded")):
            if number:
                wrong.append(f"{stream}: {number} rows {what}")
        if not wrong:  # an hour that is sealed comes back to 1e-9
            same = np.allclose(values, kept[: len(values)], rtol=1e-8, atol=0.0, equal_nan=True)
            wrong += [] if same else [f"{stream}: values at the broker are not those of the record"]
        return wrong

    def asked(self) -> Counter[int]:
        """How often each alarm has begun to ask for somebody, by number."""
        with AlarmReader(self.data / "desk.sqlite") as journal:
            lines = [line for _, line in journal.after(0, 100_000)]
        return Counter(line.after.number for line in lines if line.asks)

    def heard_alarms(self, ears: Ears) -> list[str]:
        """What the courier says it has told and was not heard, and what asks and was not told."""
        first = {told["key"]: told for told in reversed(ears.told)}
        wrong = [f"message {told['key']} is another one when it comes again" for told in ears.told
                 if first[told["key"]] != told]  # fmt: skip
        sent, decided = self._outbox()
        wrong += [f"message {key} was not heard" for key in sent - first.keys()]
        wrong += [f"message {key} was never decided" for key in first.keys() - decided]
        asked = self.asked()
        told_of = Counter(told["number"] for told in first.values() if told["what"] == "raised")
        wrong += [f"alarm {number} was not told" for number in asked.keys() - ears.numbers()]
        wrong += [f"alarm {number} was told {times} times, and has asked {asked[number]} times"
                  for number, times in told_of.items() if times > asked[number]]  # fmt: skip
        return wrong

    def _outbox(self) -> tuple[set[str], set[str]]:
        """Keys of messages that were taken, and of all that were to be sent."""
        db = apsw.Connection(str(self.data / "tell.sqlite"))
        rows = db.execute("SELECT message, sent_ns IS NOT NULL FROM messages").fetchall()
        db.close()
        keys = [(json.loads(message)["key"], sent) for message, sent in rows]
        return {key for key, sent in keys if sent}, {key for key, _ in keys}
