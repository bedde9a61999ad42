"""What tests get hold of: the bench, a controller, the plant, the links, the clock."""

from hil.pytest_plugin.stand import Stand
from hil.pytest_plugin.steps import Steps, judged


class Bench(Steps):
    """The whole plant: points are `CONTROLLER:POINT`, or `PART.VARIABLE` of the site."""

    def heartbeat(self, controller: str, *, go: bool) -> None:
        """Whether readings and heartbeat go to a controller."""
        __tracebackhide__ = True
        self._step({"heartbeat": "go" if go else "stop"}, self._named(controller))

    def power(self, controller: str, *, on: bool) -> None:
        """Switch a controller off, or on again with what it keeps without power."""
        __tracebackhide__ = True
        self._step({"power": "on" if on else "off"}, self._named(controller))

    def procedure(self, name: str) -> None:
        """Run a procedure: shipped, of the site, or a file; before anything else in the test.

        Each of its blocks begins with the plant in normal operation. A block that does not apply
        at this site is left out; if none does, the test is skipped.

        Raises:
            Unmet, Inconclusive: the worst of its blocks, with what it found.
            BadInput: there is no such procedure, or something is wrong in it.
        """
        __tracebackhide__ = True
        records = self._stand.ask("procedure", name=name)
        order = ("fail", "inconclusive", "blocked", "pass", "skipped")
        worst = min(records, key=lambda record: order.index(record["verdict"]))
        where = f"@{worst['controller']}" if worst["controller"] else ""
        key = f"{worst['procedure']}{where}/{worst['block']}"
        judged(worst["verdict"], key, worst["why"])

    def _named(self, controller: str) -> str:
        return str(self._stand.ask("controller", word=controller))


class Controller(Steps):
    """One controller: points are its own, as procedures call them; others as for the bench."""

    def __init__(self, stand: Stand, name: str, kind: str) -> None:
        super().__init__(stand, name)
        self.name, self.type = name, kind

    def design(self, setting: str, unit: str = "") -> float | None:
        """A setting as the site file has it, else its default [`unit`]; None without one.

        Whatever the controller holds; without a `unit` in that of its register.
        """
        __tracebackhide__ = True
        value: float | None = self._stand.ask(
            "value", point=f"design.{setting}", of=self.name, unit=unit
        )
        return value

    def heartbeat(self, *, go: bool) -> None:
        """Whether readings and heartbeat go to it."""
        __tracebackhide__ = True
        self._step({"heartbeat": "go" if go else "stop"})

    def power(self, *, on: bool) -> None:
        """Switch it off, or on again with what it keeps without power."""
        __tracebackhide__ = True
        self._step({"power": "on" if on else "off"})

    def __repr__(self) -> str:
        return f"<{self.type} {self.name}>"


class Plant:
    """What can be seen of the plant: its sensors, commands as they act on it, weather, the twin."""

    def __init__(
        self,
        stand: Stand,
        signals: tuple[str, ...],
        commands: tuple[str, ...],
        inputs: tuple[str, ...],
    ) -> None:
        self.signals, self.commands, self.inputs = signals, commands, inputs
        self._stand, self._steps = stand, Steps(stand)

    def __getitem__(self, name: str) -> float | None:
        """A signal in its unit, a command [-], weather or a load [SI]; None without a value."""
        __tracebackhide__ = True
        return self.get(name)

    def get(self, name: str, unit: str = "") -> float | None:
        """The same [`unit`]."""
        __tracebackhide__ = True
        if name in self.inputs and name not in self.signals:
            return self.weather(name, unit)
        return self._steps.value(name, unit)

    def weather(self, name: str, unit: str = "") -> float:
        """Weather or a load as it is, whatever sensors say [`unit`], without one in SI."""
        __tracebackhide__ = True
        return float(self._stand.ask("weather", name=name, unit=unit))

    def standing(self) -> dict[str, str]:
        """What the twin says of each part."""
        found: dict[str, str] = self._stand.ask("standing")
        return found


class Link:
    """The links between bench and controllers."""

    def __init__(self, stand: Stand, transport: str) -> None:
        self.transport = transport
        self._stand = stand

    def health(self, controller: str) -> dict[str, object]:
        """Transactions and errors [-] since the test began, and how long they took [µs].

        The keys are those of `links` in `hukka bench --json`.
        """
        __tracebackhide__ = True
        found: dict[str, dict[str, object]] = self._stand.ask("health")
        return found[self._named(controller)]

    def transactions(self, controller: str) -> int:
        """Transactions since the test began [-]."""
        __tracebackhide__ = True
        return int(str(self.health(controller)["transactions"]))

    def errors(self, controller: str) -> int:
        """Those of them that failed [-]."""
        __tracebackhide__ = True
        return int(str(self.health(controller)["errors"]))

    def cut(self, controller: str) -> None:
        """Pull the plug: nothing goes to the controller and nothing comes from it."""
        __tracebackhide__ = True
        self._stand.ask("unplug", controller=self._named(controller), unplugged=True)

    def mend(self, controller: str) -> None:
        """Put the plug back; the end of the test does it as well."""
        __tracebackhide__ = True
        self._stand.ask("unplug", controller=self._named(controller), unplugged=False)

    def _named(self, controller: str) -> str:
        __tracebackhide__ = True
        return str(self._stand.ask("controller", word=controller))


class Clock:
    """Plant time; it stands still between two calls."""

    def __init__(self, stand: Stand) -> None:
        self._stand, self._steps = stand, Steps(stand)

    @property
    def now_s(self) -> float:
        """Plant time since the test began [s]."""
        return float(self._stand.ask("now_s"))

    def run(self, *, seconds: float = 0.0, minutes: float = 0.0, hours: float = 0.0) -> None:
        """Let plant time pass: `seconds` [s], `minutes` [min], `hours` [h] together."""
        __tracebackhide__ = True
        self._steps.run(seconds=seconds, minutes=minutes, hours=hours)
