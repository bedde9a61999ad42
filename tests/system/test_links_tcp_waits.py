"""How long a Modbus TCP client waits: its time-out, whatever the peer, and no longer."""

import signal
import sys
from struct import pack
from threading import Event, Timer, get_ident

import pytest
from links_lines import MS, mbap, registers_of, request_of, tcp_peer

from hil.links import pdu
from hil.links.link import LinkFault
from hil.links.tcp import TcpLink
from twin.clock import monotonic_ns
from twin.signals import Quality

READ = pdu.read_request("hr", 0, 2)
TIMEOUT_MS = 200


def outcome(link, send):
    """Quality of what `send` fails with in the end, and how long that took [ms]."""
    while True:
        start_ns = monotonic_ns()
        try:
            send()
        except LinkFault as fault:
            link.close()
            return fault.quality, (monotonic_ns() - start_ns) / MS


def deaf(over):
    def talk(connection):
        request_of(connection)
        over.wait(30)

    return talk


def test_a_silent_peer_is_waited_for_as_long_as_was_said():
    over = Event()
    with tcp_peer(deaf(over)) as port:
        link = TcpLink("lan", "127.0.0.1", port, timeout_s=TIMEOUT_MS / 1000)
        quality, took_ms = outcome(link, lambda: link.transact(1, READ))
        over.set()
    assert quality is Quality.TIMEOUT
    assert TIMEOUT_MS <= took_ms + 1 < 5 * TIMEOUT_MS


def test_the_shortest_time_out_is_not_for_ever():
    over = Event()
    with tcp_peer(deaf(over)) as port:
        link = TcpLink("lan", "127.0.0.1", port, timeout_s=1e-7)
        quality, took_ms = outcome(link, lambda: link.transact(1, READ))
        over.set()
    assert quality is Quality.TIMEOUT
    assert took_ms < 2000


def test_a_reply_that_trickles_does_not_stretch_the_time_out():
    over = Event()

    def talk(connection):
        transaction, unit, request = request_of(connection)
        for byte in mbap(transaction, unit, registers_of(unit, request)):
            if over.wait(TIMEOUT_MS / 2000):
                return
            connection.sendall(bytes((byte,)))

    with tcp_peer(talk) as port:
        link = TcpLink("lan", "127.0.0.1", port, timeout_s=TIMEOUT_MS / 1000)
        quality, took_ms = outcome(link, lambda: link.transact(1, READ))
        over.set()
    assert quality is Quality.TIMEOUT
    assert TIMEOUT_MS <= took_ms + 1 < 5 * TIMEOUT_MS


def test_a_peer_that_takes_no_more_does_not_hold_whoever_sends():
    over = Event()
    with tcp_peer(deaf(over)) as port:
        link = TcpLink("lan", "127.0.0.1", port, timeout_s=TIMEOUT_MS / 1000)
        broadcast = pdu.write_registers_request(0, pack(">123H", *range(123)))
        quality, took_ms = outcome(link, lambda: link.broadcast(broadcast))
        over.set()
    assert quality is Quality.LINK_DOWN
    assert took_ms < 5 * TIMEOUT_MS


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
def test_a_signal_ends_no_wait_and_hides_no_silence():
    over, heard = Event(), []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: heard.append(number))
    try:
        with tcp_peer(deaf(over)) as port:
            link = TcpLink("lan", "127.0.0.1", port, timeout_s=TIMEOUT_MS / 1000)
            wake = (get_ident(), signal.SIGUSR1)
            call = Timer(TIMEOUT_MS / 2000, signal.pthread_kill, wake)
            call.start()
            quality, took_ms = outcome(link, lambda: link.transact(1, READ))
            call.join()
            over.set()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert heard == [signal.SIGUSR1]
    assert quality is Quality.TIMEOUT
    assert TIMEOUT_MS <= took_ms + 1 < 5 * TIMEOUT_MS
