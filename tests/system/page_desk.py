"""What tests of the page are made of: data folders, a served page, a client that knows its way."""

import json
from contextlib import closing, contextmanager
from threading import Thread

import httpx
import numpy as np
from argon2 import PasswordHasher

from hil.alarms import AlarmBook
from hil.alarms.order import Order
from hil.bench.layout import layout_of
from hil.gate.users import Users
from hil.historian import Column, RunHeader, RunRecorder
from hil.historian.weeks import Channel, WeekWriter
from hil.monitor import of_site
from hil.page.desk_source import DeskSource
from hil.page.serving import Place, listening, prepared
from twin.clock import utc_ns
from twin.diagnosis.isa import Action
from twin.site import load_site

S = 1_000_000_000
T0 = 1_764_000_000 * S
"""A day in November 2025 [ns since 1970]."""
SINK = "heat_pump.T_sink_out"
CHECK = "condensing temperature above sink outlet; water-side pressure drop; clean the bundle"
"""Of `heat_pump.condenser_fouling`, as the catalogue has it."""
PASSWORD = "a long enough one"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashes that cost a test nothing; the format is the same."""


def desk_folder(folder, seconds=600, gap=None):
    """Data of a monitor of mantsala: rows of every second, an alarm of the twin, a lost link."""
    site = load_site("mantsala")
    layout = layout_of(site)
    streams = {
        "measured": [
            *(Channel(f"{n}:measured", site.signals[n].si_unit, 0.01) for n in layout.signals),
            *(Channel(f"{n}:command", "-", 0.001) for n in layout.commands),
        ],
        "twin": [
            Channel(f"{n}:{kind}", site.signals[n].si_unit)
            for kind in ("predicted", "band")
            for n in layout.watched
        ],
    }
    t_ns = T0 + np.arange(seconds, dtype=np.int64) * S
    if gap is not None:
        t_ns = np.delete(t_ns, np.s_[gap[0] : gap[1]])
    with WeekWriter(folder / "weeks", streams, ballast_bytes=0) as writer:
        for name, channels in streams.items():
            values = 300.0 + np.arange(len(channels)) + 0.01 * ((t_ns - T0) // S)[:, None]
            quality = np.zeros(values.shape, np.uint8)
            if name == "measured":
                values[-1, 1], quality[-1, 1] = np.nan, 2
            writer.append(name, t_ns, values, quality)
        if gap is not None:
            writer.gap(T0 + gap[0] * S, T0 + gap[1] * S, "the machine was asleep")
        writer.commit()
    with AlarmBook(folder / "desk.sqlite") as book:
        book.twin([told()], (), T0 + 300 * S)
        book.links(T0 + 310 * S, {"network": "no answer"})
        book.links(T0 + 350 * S, {"network": "no answer"})
    of_site.tell(folder, of_site.OfSite("mantsala", "mantsala", S))
    return folder


def told(number=1):
    """An event of the twin, as `hil.replay.judging.plain` tells it."""
    return {
        "number": number,
        "generation": 1,
        "state": "unacknowledged",
        "part": "heat_pump",
        "fault": "heat_pump.condenser_fouling",
        "verdict": "fault",
        "size": 0.3,
        "low": 0.25,
        "high": 0.35,
        "unit": "-",
        "drift": False,
        "probability": 0.97,
        "since_s": T0 / S + 200,
        "raised_s": T0 / S + 300,
        "cleared_s": None,
        "group": [],
        "evidence": [{"signal": SINK, "share": 0.8, "innovation": 1.4}],
        "consequences": [],
        "window": "1 h",
        "check": CHECK,
        "likely": [{"name": "heat_pump.condenser_fouling", "probability": 0.97}],
    }


def run_folder(folder, seconds=120):
    """A finished run of one measured and predicted signal, with one alarm that stands."""
    columns = (
        Column(SINK, "measured", "K", "heat_pump"),
        Column(SINK, "predicted", "K", "heat_pump", 0.8),
        Column("heat_pump.E_electric", "truth", "J", "heat_pump"),
    )
    header = RunHeader(site="mantsala", seed=1, options={"site": "mantsala", "cycle_ns": S})
    t = np.arange(1, seconds + 1, dtype=float)
    with RunRecorder.create(folder, header, columns) as run:
        run.append(np.column_stack([t * S, 350.0 + 0.01 * t, 349.0 + 0.01 * t, 1e6 * t]))
        run.alarm(
            {
                "part": "heat_pump",
                "signal": SINK,
                "raised_s": 60.0,
                "residual": 1.0,
                "band": 0.8,
                "text": "is above",
            }
        )
        run.finish("done", {"overruns": 3, "lateness_us": {"p50": 1.0, "p99": 2.0, "max": 3.0}})
    return folder


class Keeper:
    """Does what the supervisor and the keeper do with what the page tells them."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, event, **fields):
        with AlarmBook(self.folder / "desk.sqlite") as book:
            if event == "note":
                book.note(fields["who"], fields["text"], fields["t_ns"])
                return
            action = Action(fields.pop("action"))
            book.order(Order(action=action, **fields), utc_ns())


def desk_source(folder, hand_on=None):
    """The source over the data of `desk_folder`; a keeper takes its orders."""
    return DeskSource(load_site("mantsala"), S, folder, hand_on or Keeper(folder))


def make_users(folder, **roles):
    """A user of each name and role, all with PASSWORD."""
    users = Users(folder, QUICK)
    for name, role in roles.items():
        users.add(name, role, PASSWORD)


@contextmanager
def served(source, folder=None, place=None, token=None):
    """The page in a thread on a free port; its address and its server."""
    place = place or Place("127.0.0.1", 0)
    with closing(listening(place)) as listener:
        server, address = prepared(source, folder, place, listener, token)
        thread = Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield address, server
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


class Client(httpx.Client):
    """A browser's part of the talk: cookies and the token of the page."""

    def __init__(self, address, timeout=10, **more):
        super().__init__(base_url=address, timeout=timeout, **more)
        self.csrf = ""

    def login(self, name, password=PASSWORD):
        answer = self.post("/api/login", json={"name": name, "password": password})
        if answer.status_code == 200:
            self.csrf = self.get("/api/site").json()["csrf"]
        return answer

    def change(self, method, path, **fields):
        headers = {"x-csrf-token": self.csrf, "content-type": "application/json"}
        return self.request(method, path, content=json.dumps(fields), headers=headers)

    def events(self, most, path="/api/stream"):
        """The first `most` events of the stream: (name, data)."""
        found = []
        with self.stream("GET", path) as answer:
            assert answer.status_code == 200
            name = ""
            for line in answer.iter_lines():
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    found.append((name, json.loads(line[6:])))
                    if len(found) >= most:
                        return found
        return found
