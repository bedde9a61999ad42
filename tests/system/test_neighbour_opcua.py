"""The OPC UA server, asked by asyncua's own client over loopback."""

import asyncio
import json
import logging
import re
import warnings
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from bench_processes import LONG_S
from free_ports import free_port
from page_desk import PASSWORD, make_users

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    asyncua = pytest.importorskip("asyncua", reason="takes the extra opcua")
from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256

from hil.alarms import AlarmBook, Order
from hil.bench.layout import layout_of
from hil.crew.crew import Crew
from hil.gate.users import Users
from hil.historian.weeks import Channel, WeekWriter
from twin.diagnosis.isa import Action
from twin.signals import Quality
from twin.site import load_site

SITE = load_site("mantsala")
T_NS = 1_796_000_000_000_000_000
SINK, SOURCE = "heat_pump.T_sink_out", "heat_pump.T_source_out"


@pytest.fixture(autouse=True)
def quiet():
    """What the client logs is not the test's."""
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)


def record(data):
    """One row: 340.25 K, a sensor that timed out, a prediction with its band."""
    layout = layout_of(SITE)
    measured = [Channel(f"{n}:measured", SITE.signals[n].si_unit) for n in layout.signals]
    commands = [Channel(f"{n}:command", "-") for n in layout.commands]
    twin = [Channel(f"{SINK}:predicted", "K"), Channel(f"{SINK}:band", "K")]
    streams = {"measured": measured + commands, "twin": twin}
    with WeekWriter(data / "weeks", streams, ballast_bytes=0) as writer:
        keys = [c.key for c in measured + commands]
        values, quality = np.full((1, len(keys)), 340.25), np.zeros((1, len(keys)), np.uint8)
        values[:, len(measured) :] = 0.5
        at = keys.index(f"{SOURCE}:measured")
        values[0, at], quality[0, at] = np.nan, Quality.TIMEOUT
        writer.append("measured", np.array([T_NS]), values, quality)
        row = np.array([[341.0, 0.8]])
        writer.append("twin", np.array([T_NS - 10**9]), row, np.zeros((1, 2), np.uint8))
    with AlarmBook(data / "desk.sqlite") as book:
        for second in range(40):
            book.links(T_NS + second * 10**9, {"heat_pump": "no answer"})


@pytest.fixture(scope="module")
def serve(tmp_path_factory):
    """Starts a server with these settings; its address and the folder of its data."""
    crews = []

    def start(settings):
        data = tmp_path_factory.mktemp("opcua")
        (data / "log").mkdir()
        record(data)
        (data / "word").write_text("s3cret\n")
        (data / "word").chmod(0o600)
        endpoint = f"opc.tcp://127.0.0.1:{free_port()}"
        (data / "neighbours.yaml").write_text(
            json.dumps({"opcua": {"endpoint": endpoint, **settings}})
        )
        crew = Crew(data / "log")
        crews.append(crew)
        told = {"site": "mantsala", "data": str(data), "neighbours": str(data / "neighbours.yaml")}
        worker = crew.start("opcua", "hil.neighbours.opcua_worker", told)
        crew.expect(worker, "ready", LONG_S)
        return endpoint, data

    yield start
    for crew in crews:
        crew.end()


@pytest.fixture(scope="module")
def open_server(serve):
    return serve({})


@pytest.fixture(scope="module")
def locked_server(serve):
    return serve({"user": "scada", "password_file": "word"})


@asynccontextmanager
async def connected(endpoint, data=None, user=None, password=None):
    # its own watchdog gives a server one second
    client = Client(endpoint, timeout=LONG_S, watchdog_intervall=LONG_S)
    if data is not None:
        from asyncua.crypto.cert_gen import setup_self_signed_certificate
        from cryptography.x509.oid import ExtendedKeyUsageOID

        cert, key = data / "client.der", data / "client.pem"
        uri = "urn:test:client"
        usage = [ExtendedKeyUsageOID.CLIENT_AUTH]
        await setup_self_signed_certificate(key, cert, uri, "localhost", usage, {})
        client.application_uri = uri
        await client.set_security(SecurityPolicyBasic256Sha256, cert, key)
    if user is not None:
        client.set_user(user)
        client.set_password(password)
    async with client:
        yield client


def node(client, text):
    return client.get_node(ua.NodeId(text, 2))


def test_values_with_status_time_and_unit(open_server):
    async def ask():
        async with connected(open_server[0]) as client:
            index = await client.get_namespace_index("urn:hukka:mantsala")
            path = [f"{index}:mantsala", f"{index}:heat_pump", f"{index}:T_sink_out"]
            sink = await client.nodes.objects.get_child(path)
            told = await sink.read_data_value()
            assert told.Value.Value == pytest.approx(340.25 - 273.15)
            assert told.StatusCode.is_good()
            expected = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=T_NS // 1000)
            assert told.SourceTimestamp.replace(tzinfo=UTC) == expected
            unit = await (await sink.get_child("0:EngineeringUnits")).read_value()
            assert (unit.UnitId, unit.DisplayName.Text) == (4408652, "°C")
            span = await (await sink.get_child("0:EURange")).read_value()
            assert (span.Low, span.High) == SITE.signals[SINK].range
            kind = await sink.read_type_definition()
            assert kind.Identifier == ua.ObjectIds.AnalogItemType
            predicted = await (await sink.get_child(f"{index}:predicted")).read_data_value()
            assert predicted.Value.Value == pytest.approx(341.0 - 273.15)
            assert predicted.SourceTimestamp.replace(tzinfo=UTC) == expected - timedelta(seconds=1)
            band = await sink.get_child(f"{index}:band")
            assert await band.read_value() == 0.8
            unit = await (await band.get_child("0:EngineeringUnits")).read_value()
            assert unit.DisplayName.Text == "K"

    asyncio.run(ask())


def test_a_reading_that_is_not_good_has_a_bad_status(open_server):
    async def ask():
        async with connected(open_server[0]) as client:
            told = await node(client, f"{SOURCE}:measured").read_data_value(
                raise_on_bad_status=False
            )
            assert told.StatusCode.name == "BadTimeout"
            never = await node(client, "heat_pump.T_evaporating:predicted").read_data_value(
                raise_on_bad_status=False
            )
            assert never.StatusCode.name == "BadWaitingForInitialData"

    asyncio.run(ask())


def test_alarms_are_objects(open_server):
    async def ask():
        async with connected(open_server[0]) as client:
            assert await node(client, "alarms:asking").read_value() == 1
            folder = await node(client, "alarms").get_children()
            names = [(await child.read_browse_name()).Name for child in folder]
            assert "alarm 1" in names
            assert await node(client, "alarms:1:state").read_value() == "unacknowledged"
            assert await node(client, "alarms:1:asks").read_value() is True
            assert await node(client, "alarms:1:priority").read_value() == "diagnostic"

    asyncio.run(ask())


def test_nobody_writes(open_server):
    async def ask():
        async with connected(open_server[0]) as client:
            for text in (f"{SINK}:measured", "alarms:1:state", "heat_pump:standing"):
                with pytest.raises(ua.UaStatusCodeError, match=r"BadNotWritable|BadUserAccess"):
                    await node(client, text).write_value(1.0)
            with pytest.raises(ua.UaStatusCodeError):
                await client.nodes.objects.add_folder(2, "mine")
            with pytest.raises(ua.UaStatusCodeError):
                await client.delete_nodes([node(client, f"{SINK}:measured")])
            assert await node(client, f"{SINK}:measured").read_value() > 0

    asyncio.run(ask())


def test_a_password_needs_encryption_and_the_right_word(locked_server):
    endpoint, data = locked_server

    async def ask(*how):
        async with connected(endpoint, *how) as client:
            return await node(client, f"{SINK}:measured").read_value()

    assert asyncio.run(ask(data, "scada", "s3cret")) == pytest.approx(67.1)
    for wrong in ((data, "scada", "guess"), (data, "root", "s3cret"), (data,), ()):
        with pytest.raises((ua.UaError, ConnectionError, asyncio.TimeoutError)):
            asyncio.run(ask(*wrong))
    assert (data / "opcua" / "server.pem").stat().st_mode & 0o077 == 0


def test_users_of_the_page_may_read_and_nobody_else(serve, tmp_path):
    endpoint, data = serve({"users": True})
    make_users(data, vera="viewer", otto="operator")

    async def ask(*how):
        async with connected(endpoint, *how) as client:
            return await node(client, f"{SINK}:measured").read_value()

    assert asyncio.run(ask(data, "vera", PASSWORD)) == pytest.approx(67.1)
    refusals = (ua.UaError, ConnectionError, asyncio.TimeoutError)
    for wrong in ((data, "otto", "guess"), (data, "nobody", PASSWORD), (data,), ()):
        with pytest.raises(refusals):
            asyncio.run(ask(*wrong))
    for _ in range(5):
        with pytest.raises(refusals):
            asyncio.run(ask(data, "otto", "guess"))
    with pytest.raises(refusals):  # who guesses waits, and so does the right word meanwhile
        asyncio.run(ask(data, "otto", PASSWORD))
    Users(data).remove("vera")
    with pytest.raises(refusals):
        asyncio.run(ask(data, "vera", PASSWORD))


LONG = 12_000
"""Rows of a record that takes more than one answer."""


@pytest.fixture(scope="module")
def past(serve):
    """A server whose plant was recorded for LONG seconds: 300 K and 0.001 K more each second."""
    endpoint, data = serve({})
    later_ns = T_NS + 10**9 * np.arange(1, LONG + 1, dtype=np.int64)
    values = (300.0 + 0.001 * np.arange(1, LONG + 1))[:, None]
    quality = np.zeros(values.shape, np.uint8)
    values[6], quality[6] = np.nan, Quality.TIMEOUT
    channels = [Channel(f"{SINK}:measured", "K")]
    with WeekWriter(data / "weeks", {"measured": channels}, ballast_bytes=0) as writer:
        writer.append("measured", later_ns, values, quality)
    return endpoint


def second(n):
    """The time of the nth second after the first row."""
    return datetime.fromtimestamp(T_NS / 1e9 + n, UTC)


def history(endpoint, *how, of=f"{SINK}:measured"):
    """Seconds after the first row, values [degC] and values as they came."""

    async def ask():
        async with connected(endpoint) as client:
            return await node(client, of).read_raw_history(*how)

    found = asyncio.run(ask())
    at = [round(v.SourceTimestamp.timestamp() - T_NS / 1e9) for v in found]
    return at, [v.Value.Value for v in found], found


def test_the_past_is_read_with_its_times_units_and_qualities(past):
    at, values, found = history(past, second(5), second(9))
    assert at == [5, 6, 7, 8, 9]
    assert values[0] == pytest.approx(300.005 - 273.15)
    assert found[2].StatusCode.name == "BadTimeout"
    assert np.isnan(values[2])
    assert found[3].StatusCode.name == "Good"


def test_the_past_goes_backward_and_stops_where_it_is_asked_to(past):
    assert history(past, second(9), second(5))[0] == [9, 8, 7, 6, 5]
    assert history(past, second(5), second(900), 3)[0] == [5, 6, 7]
    assert history(past, second(5), None, 2)[0] == [5, 6]
    assert history(past, None, second(LONG), 3)[0] == [LONG, LONG - 1, LONG - 2]
    assert history(past, second(LONG + 10), second(LONG + 20))[0] == []


def test_more_than_fits_into_one_answer_comes_in_several(past):
    at, values, _ = history(past, second(1), second(LONG))
    assert at == list(range(1, LONG + 1))
    assert values[-1] == pytest.approx(300.0 + 0.001 * LONG - 273.15)
    assert history(past, second(LONG), second(1))[0] == list(range(LONG, 0, -1))


def test_predictions_have_a_past_and_alarms_have_none_here(past):
    at, values, _ = history(past, second(-5), second(5), of=f"{SINK}:predicted")
    assert (at, values) == ([-1], [pytest.approx(341.0 - 273.15)])
    with pytest.raises(ua.UaStatusCodeError, match="BadHistoryOperationUnsupported"):
        history(past, second(0), second(9), of="alarms:asking")


class Told:
    """A subscriber, which asyncua calls."""

    def __init__(self):
        self.values = asyncio.Queue()

    def datachange_notification(self, _node, value, _data):
        self.values.put_nowait(value)


def test_a_new_row_and_an_alarm_that_goes_are_told(serve):
    endpoint, data = serve({})

    async def next_value(told):
        return await asyncio.wait_for(told.values.get(), LONG_S)

    async def ask():
        async with connected(endpoint) as client:
            value, asking = Told(), Told()
            for told, text in ((value, f"{SINK}:measured"), (asking, "alarms:asking")):
                subscription = await client.create_subscription(100, told)
                await subscription.subscribe_data_change(node(client, text))
            assert await next_value(value) == pytest.approx(67.1)
            assert await next_value(asking) == 1
            with AlarmBook(data / "desk.sqlite") as book:
                for second in range(40, 80):
                    book.links(T_NS + second * 10**9, {})
                book.order(Order(1, Action.ACKNOWLEDGE, "anna"), T_NS + 80 * 10**9)
            assert await next_value(asking) == 0
            streams = {"measured": [Channel(f"{SINK}:measured", "K")]}
            with WeekWriter(data / "weeks", streams, ballast_bytes=0) as writer:
                good = np.zeros((1, 1), np.uint8)
                writer.append("measured", np.array([T_NS + 10**9]), np.array([[350.15]]), good)
            assert await next_value(value) == pytest.approx(77.0)
            with pytest.raises(ua.UaStatusCodeError, match="BadNodeIdUnknown"):
                await node(client, "alarms:1:state").read_value()

    asyncio.run(ask())


def test_a_port_that_is_taken(open_server):
    data = open_server[1]
    crew = Crew(data / "log")
    told = {"site": "mantsala", "data": str(data), "neighbours": str(data / "neighbours.yaml")}
    worker = crew.start("second", "hil.neighbours.opcua_worker", told)
    with pytest.raises(Exception, match=re.escape(f"{open_server[0]}: cannot listen")):
        crew.expect(worker, "ready", LONG_S)
    crew.end()
