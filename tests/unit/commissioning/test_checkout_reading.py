"""What a checkout says of readings, on real controllers that take them for something else."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim import make_controller
from hil.bench.layout import layout_of
from hil.commissioning.checkout.form import forms_of
from hil.commissioning.checkout.look import shown_of
from hil.commissioning.checkout.plan import plan_of
from hil.commissioning.checkout.row import Checked
from hil.commissioning.checkout.sensors import judge_reading
from hil.commissioning.checkout.suspect import suspect
from hil.commissioning.checkout.trial import Try
from twin.registers.codec import encode
from twin.site import load_site

SITE = load_site("mantsala")
LAYOUT = layout_of(SITE)
(FORM,) = forms_of(SITE, ["heat_pump"])
PLAN = plan_of(SITE, LAYOUT, FORM)
SENSORS = [p.name for p in PLAN]
SHOWN_WHOLE = ["T_source_in", "T_source_out", "T_sink_in", "T_evaporating", "T_condensing"]


def controller(change=lambda name, value: value):
    """A real one, between whose registers and program `change` stands; and its ears are open."""
    made = make_controller("heat_pump", {})
    view, names = made._inputs, made.program.sensors._fields

    class Changed:
        def read(self):
            heartbeat, *values = view.read()
            pairs = zip(names, values, strict=True)
            return (heartbeat, *(None if v is None else change(n, v) for n, v in pairs))

    made._inputs = Changed()
    return made


def tries_on(made, register=lambda point, value: encode(point, value)):
    """What comes of each of a plan's values; `register` says what then lies in registers."""
    normal = {p.name: p.given[0] for p in PLAN}
    every = [(normal, ()), ({p.name: p.given[1] for p in PLAN}, ())]
    every += [({**normal, name: None}, (name,)) for name in SENSORS]
    every += [({p.name: p.credible[end] for p in PLAN}, ()) for end in (0, 1)]
    for end in (0, 1):
        beyond = {p.name: x for p in PLAN if (x := p.beyond(end)) is not None}
        every.append(({**normal, **beyond}, tuple(beyond)))
    for beat, (values, expected) in enumerate(every, 1):
        shown = {}
        for sensor in PLAN:
            value = values[sensor.name]
            words = register(sensor.point, value)
            shown[sensor.name] = shown_of(sensor.point, words)
            made.bank.write_registers(
                sensor.point.address,
                b"".join(w.to_bytes(2, "big") for w in encode(sensor.point, value)),
            )
        made.bank.set("heartbeat", beat)
        made.scan(1.0)
        word = int(made.bank.get("sensors_bad"))
        marked = tuple(n for i, n in enumerate(SENSORS) if word >> i & 1)
        yield Try(values, shown, expected, marked, bool(marked))


def verdict_of(name, tries):
    item = FORM.item(name)
    return judge_reading(item, replace(item.row, scaled=21.0), 21.0, list(tries))


@pytest.mark.parametrize("name", SENSORS)
def test_a_healthy_controller_passes(name):
    row = verdict_of(name, tries_on(controller()))
    assert row.verdict is Checked.PASS, row.why


@pytest.mark.parametrize("name", SHOWN_WHOLE)
def test_what_shows_a_reading_wholly_says_nothing_of_doubts(name):
    assert verdict_of(name, tries_on(controller())).why == ""


def test_doubts_are_said_where_registers_end_or_limits_are_alike():
    assert "sign" in verdict_of("T_outdoor", tries_on(controller())).why
    assert "scale" in verdict_of("P_electric", tries_on(controller())).why


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(SHOWN_WHOLE),
    st.floats(-2.0, 2.0),
    st.floats(-50.0, 50.0),
)
def test_any_scale_and_offset_beyond_the_tolerance_are_seen(name, factor, offset):
    """Of its two limits at least one is then missed, whatever a straight line makes of them."""
    sensor = next(p for p in PLAN if p.name == name)
    low, high = sensor.credible

    def change(of, value):
        return factor * value + offset if of == name else value

    row = verdict_of(name, tries_on(controller(change)))
    off = max(abs(factor * x + offset - x) for x in (low, high))
    # turned round so that one limit falls on the other, nothing at the limits is changed
    turned = max(abs(factor * x + offset - y) for x, y in ((low, high), (high, low)))
    if off > 3.0 * sensor.tolerance and turned > 3.0 * sensor.tolerance:
        assert row.verdict is Checked.FAIL
    elif off < 0.5 * sensor.tolerance:
        assert row.verdict is Checked.PASS, row.why


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(SENSORS),
    st.one_of(st.floats(-20.0, 0.99), st.floats(1.01, 20.0)),
    st.sampled_from([0.0, 3.0]),
)
def test_any_other_value_in_the_registers_is_seen(name, factor, offset):
    """What lies in the register is not what was given: by a scale of its maker, for example."""
    sensor = next(p for p in PLAN if p.name == name)

    def register(point, value):
        if point.name != name or value is None:
            return encode(point, value)
        kind, changed = point.kind, factor * value + offset
        if kind.integer:
            ends = sorted(x * point.scale + point.offset for x in (kind.low + 1, kind.high - 1))
            changed = min(max(changed, ends[0]), ends[1])
        return encode(point, changed)

    off = max(abs(factor * x + offset - x) for x in sensor.given)
    row = verdict_of(name, tries_on(controller(), register))
    if off > 2.0 * sensor.tolerance:
        assert row.verdict is Checked.FAIL


@pytest.mark.parametrize("order", ["ABCD", "BADC", "DCBA"])
@pytest.mark.parametrize("name", ["m_source", "P_electric"])
def test_another_order_of_bytes_is_seen_and_named(name, order):
    def register(point, value):
        if point.name == name and value is not None:
            point = replace(point, order=order)
        return encode(point, value)

    row = verdict_of(name, tries_on(controller(), register))
    assert row.verdict is Checked.FAIL
    assert order in row.why


def test_guesses():
    point = FORM.item("T_sink_in").point
    words = encode(point, 24.2)
    assert "T_sink_out" in suspect(point, words, 30.0, 0.02, {"T_sink_out": 24.2})
    assert "sign" in suspect(point, words, -24.2, 0.02, {})
    assert "10 times" in suspect(point, words, 2.42, 0.02, {})
    assert suspect(point, words, 77.7, 0.02, {}) == ""
    assert suspect(point, encode(point, 0.0), 18.0, 0.02, {}) == ""


def test_a_controller_that_never_doubts_shows_what_it_holds_only():
    tries = [replace(t, marked=()) for t in tries_on(controller())]
    assert "not shown" in verdict_of("T_sink_in", tries).why


@pytest.mark.parametrize("site", ["mantsala", "kajaani", "espoo", "hamina", "helsinki"])
def test_values_are_different_and_in_every_range(site):
    found = load_site(site)
    layout = layout_of(found)
    for form in forms_of(found):
        plan = plan_of(found, layout, form)
        assert [p.name for p in plan if not p.given] == []
        values = [(v, p.tolerance) for p in plan for v in p.given]
        for i, (value, tolerance) in enumerate(values):
            assert all(abs(value - other) > 10 * tolerance for other, _ in values[:i])
        for sensor in plan:
            signal = found.signals[form.told.sensors[sensor.name]]
            low, high = signal.range_si
            assert all(low <= sensor.si_of(v) <= high for v in sensor.given)
            assert sensor.credible[0] <= min(sensor.given) < max(sensor.given) <= sensor.credible[1]
