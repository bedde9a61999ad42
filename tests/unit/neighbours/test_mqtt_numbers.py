"""A message is confirmed when the broker says so, however many went before under its number."""

import socket
import struct
import threading
from contextlib import contextmanager
from pathlib import Path

from hil.neighbours.mqtt_link import BrokerLink
from hil.neighbours.settings import Mqtt

CONNECT, PUBLISH = 1, 3
CONNACK, PUBACK = b"\x20\x02\x00\x00", b"\x40\x02"
NUMBERS = 65_535
"""Numbers that messages can have [-] (MQTT 3.1.1, 2.3.1)."""


class Hearer:
    """Takes one connection; confirms what is sent with QoS 1 as long as it `confirms`."""

    def __init__(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.confirms = True

    def work(self):
        client, _ = self.server.accept()
        with client, client.makefile("rb") as sent:
            while head := sent.read(1):
                body = sent.read(_length(sent))
                if head[0] >> 4 == CONNECT:
                    client.sendall(CONNACK)
                elif head[0] >> 4 == PUBLISH and head[0] & 0b110 and self.confirms:
                    after_topic = 2 + struct.unpack(">H", body[:2])[0]
                    client.sendall(PUBACK + body[after_topic : after_topic + 2])


def _length(sent):
    length, shift = 0, 0
    while True:
        (byte,) = sent.read(1)
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return length


@contextmanager
def hearer():
    made = Hearer()
    thread = threading.Thread(target=made.work)
    thread.start()
    try:
        yield made
    finally:
        thread.join()
        made.server.close()


def test_a_number_that_comes_again_is_confirmed_anew():
    with (
        hearer() as broker,
        BrokerLink(Mqtt(broker=f"mqtt://127.0.0.1:{broker.port}"), Path(), "x") as link,
    ):
        first = link.publish("rows", b"1", qos=1)
        assert link.settle(first, 10.0)
        for _ in range(NUMBERS - 1):
            link.publish("value", b"x", qos=0)
        broker.confirms = False
        second = link.publish("rows", b"2", qos=1)
        assert second == first
        assert not link.settle(second, 0.2)
        broker.confirms = True
        assert link.settle(link.publish("rows", b"2", qos=1), 10.0)
        assert not link.is_acknowledged(second)
