"""A connection to what may hang up: who hung up and who was never there are told apart."""

import socket
import threading
from contextlib import closing, contextmanager

import pytest

from hil.io.redial import Redial
from hil.links import pdu
from hil.links.link import LinkFault
from hil.links.loopback import LoopbackLink
from hil.links.rtu_tcp import RtuTcpLink
from hil.links.tcp import TcpLink
from twin.signals import Quality

READ = pdu.read_request("hr", 0, 1)


@contextmanager
def slams_the_door(times):
    """An address where everybody is hung up on, so many times; then nobody is there."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        for left in reversed(range(times)):
            connection, _ = listener.accept()
            if not left:
                listener.close()
            with connection:
                connection.recv(64)

    thread = threading.Thread(target=serve)
    thread.start()
    with closing(listener):
        yield listener.getsockname()[1]
        thread.join()


def fault_of(link):
    with pytest.raises(LinkFault) as fault:
        link.transact(1, READ)
    return fault.value.quality


@pytest.mark.parametrize("kind", [TcpLink, RtuTcpLink])
def test_each_question_after_a_lost_connection_has_a_new_one_until_there_is_none(kind):
    with slams_the_door(4) as port:
        redial = Redial(lambda: kind("peer", "127.0.0.1", port, 5.0))
        for _ in range(4):
            assert fault_of(redial) is Quality.LINK_DOWN
            assert redial.hung_up
        assert fault_of(redial) is Quality.LINK_DOWN
        assert not redial.hung_up
    assert len(redial.links) == 5
    redial.close()


def test_silence_is_no_reason_to_hang_up():
    redial = Redial(lambda: LoopbackLink("here", {}))
    for _ in range(3):
        assert fault_of(redial) is Quality.TIMEOUT
    assert not redial.hung_up
    assert len(redial.links) == 1
