"""Somebody at the broker for the whole soak, who counts rows and messages of alarms."""

import json
import threading
from contextlib import suppress

import paho.mqtt.client as paho
from neighbour_desk import Consumer

ROOT = "hukka/mantsala"
ALARMS = "alarms"
"""Topic below the root on which the courier tells."""


class Ears(Consumer):
    """Also keeps what is told of alarms, each message as it came."""

    def __init__(self, port: int) -> None:
        self.told: list[dict] = []
        super().__init__(port, root=ROOT)

    def numbers(self) -> set[int]:
        """Alarms that were told, alone or as one of many."""
        told = list(self.told)
        alone = {message["number"] for message in told if message["what"] == "raised"}
        return alone | {alarm["number"] for m in told for alarm in m.get("alarms", [])}

    def _on_message(self, c: object, u: object, message: paho.MQTTMessage) -> None:
        if message.topic == f"{ROOT}/{ALARMS}":
            self.told.append(json.loads(message.payload))
        else:
            super()._on_message(c, u, message)


class Listening:
    """Ears in a thread of their own, which comes back to the broker when that comes back."""

    def __init__(self, port: int) -> None:
        self.ears = Ears(port)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while not self._over.is_set():
            if self.ears.is_connected:
                self.ears.hears(lambda: True)
                continue
            with suppress(OSError, AssertionError):  # not there, or gone before it said yes
                self.ears.connect()
                continue
            self._over.wait(0.2)

    def close(self) -> None:
        """Listen no more."""
        self._over.set()
        self._thread.join()
        self.ears.close()
