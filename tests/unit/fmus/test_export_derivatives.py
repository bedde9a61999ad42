"""Derivatives that the FMUs provide, against difference quotients of what the FMUs calculate."""

from itertools import pairwise

import numpy as np
import pytest
from export_models import references, session

POINTS = 100
TOLERANCE = 1e-6
VERSIONS = ("2.0", "3.0")
OUTPUTS = {
    "Thermostat": ("E_stored", "E_loss", "P"),
    "Driven": ("T_out", "Q", "level"),
}
# how far inputs move from their start values
REACH = {"T_ambient": 15.0, "u_run": 0.4, "T_in": 15.0, "m": 1.5}


class Point:
    """A Model Exchange instance as a function of time, states and inputs."""

    def __init__(self, name, version):
        self.run = session(name, version, "ModelExchange")
        variables = self.run.description.modelVariables
        derivatives = self.run.description.derivatives
        self.states = [u.variable.derivative for u in derivatives]
        inputs = [v for v in variables if v.causality == "input"]
        self.unknowns = [u.variable.valueReference for u in derivatives]
        self.unknowns += references(self.run, *OUTPUTS[name])
        self.inputs = [v.valueReference for v in inputs]
        time = references(self.run, "time")
        self.knowns = time + [v.valueReference for v in self.states] + self.inputs
        self.centre = np.array([60.0, *[float(v.start) for v in [*self.states, *inputs]]])
        nominal = [float(v.nominal or 1.0) for v in self.states]
        reach = [5.0 if n in (1.0, 300.0) else 0.5 * n for n in nominal]
        self.reach = np.array([55.0, *reach, *[REACH[v.name] for v in inputs]])
        self.scale = np.maximum(np.abs(self.centre), self.reach)

    def go(self, at):
        n = len(self.states)
        self.run.fmu.setTime(float(at[0]))
        self.run.set_states(at[1 : n + 1].tolist())
        self.run.set(self.inputs, at[n + 1 :].tolist())

    def values(self, at):
        self.go(at)
        return np.array(self.run.get(self.unknowns))

    def quotient(self, at, direction):
        """Central differences, twice extrapolated (Richardson): the error is of order h^6."""
        rows = []
        for h in (4e-3, 2e-3, 1e-3):
            step = h * direction * self.reach
            above, below = self.values(at + step), self.values(at - step)
            rows.append((above - below) / (2 * h))
        once = [(4 * b - a) / 3 for a, b in pairwise(rows)]
        return (16 * once[1] - once[0]) / 15

    def jacobian(self, at):
        """Of the unknowns by the knowns, columns times the reach of the known."""
        self.go(at)
        columns = [self.run.directional(self.unknowns, [k], [1.0]) for k in self.knowns]
        return np.array(columns).T * self.reach


@pytest.fixture(params=[(n, v) for n in OUTPUTS for v in VERSIONS], ids=lambda p: "-".join(p))
def points(request):
    """One hundred points in time, states and inputs, with a direction to leave each by."""
    point = Point(*request.param)
    generator = np.random.default_rng(11)
    shape = (POINTS, len(point.centre))
    at = point.centre + generator.uniform(-1.0, 1.0, shape) * point.reach
    return point, at, generator.uniform(-1.0, 1.0, shape)


def test_directional_derivatives(points):
    point, at, directions = points
    worst = 0.0
    for here, direction in zip(at, directions, strict=True):
        jacobian = point.jacobian(here)
        seed = (direction * point.reach).tolist()
        exact = np.array(point.run.directional(point.unknowns, point.knowns, seed))
        np.testing.assert_allclose(exact, jacobian @ direction, rtol=1e-12, atol=1e-9)
        size = np.abs(jacobian) @ np.abs(direction) + 1e-12 * np.abs(point.values(here))
        errors = np.abs(exact - point.quotient(here, direction)) / (size + 1e-12)
        worst = max(worst, float(errors.max()))
    assert worst < TOLERANCE
    assert worst > 0.0  # quotients are never exact: a zero would mean that nothing was compared


def test_adjoint_derivatives(points):
    point, at, directions = points
    if point.run.description.fmiVersion == "2.0":
        pytest.skip("FMI 2.0 has no adjoint derivatives")
    generator = np.random.default_rng(12)
    rows, columns = len(point.unknowns), len(point.knowns)
    for here, direction in zip(at, directions, strict=True):
        size = np.abs(point.jacobian(here)) @ np.abs(direction) + 1e-12
        weights = generator.uniform(-1.0, 1.0, rows) / size
        point.go(here)
        gradient = point.run.fmu.getAdjointDerivative(
            point.unknowns, point.knowns, weights.tolist(), nSensitivity=columns
        )
        along = float(np.array(gradient) * point.reach @ direction)
        quotient = float(weights @ point.quotient(here, direction))
        assert abs(along - quotient) < TOLERANCE * rows


def test_time_is_among_what_is_derived_by(points):
    """A derivative by time that is not zero, or the test above would prove nothing about it."""
    point, at, _ = points
    by_time = max(float(np.abs(point.jacobian(here)[:, 0]).max()) for here in at[:10])
    assert (by_time > 0.0) == (point.run.description.modelName == "Driven")


@pytest.mark.parametrize("version", VERSIONS)
def test_derivatives_are_of_the_point_shown_however_it_was_reached(version):
    """What is kept of one point serves no other: time, state, input, parameter, saved state."""
    fresh, moving = (session("Branches", version, "ModelExchange") for _ in range(2))
    unknowns = references(fresh, "m1", "dp", "T2_out", "E_in")
    knowns = references(fresh, "time", "T1", "speed", "opening")
    begun = moving.save()

    def derivatives(run):
        columns = [run.directional(unknowns, [k], [1.0]) for k in knowns]
        if version == "3.0":
            weights = [1.0, -2.0, 0.5, 1e-6]
            columns.append(run.fmu.getAdjointDerivative(unknowns, knowns, weights, nSensitivity=4))
        return np.array(columns)

    moves = [
        lambda run: run.fmu.setTime(7.0),
        lambda run: run.set_states([304.0, 311.0, 2e5]),
        lambda run: run.set(references(run, "speed"), [1.3]),
        lambda run: (run.fmu.enterEventMode(), run.set(references(run, "opening"), [0.2])),
    ]
    at_start, seen = derivatives(moving), [derivatives(moving)]
    for move in moves:
        move(moving)
        seen.append(derivatives(moving))
        move(fresh)
    # which was asked nothing on its way: its unknowns came to the solution by other bits
    np.testing.assert_allclose(seen[-1], derivatives(fresh), rtol=1e-9, atol=1e-12)
    assert all((a != b).any() for a, b in pairwise(seen))
    moving.restore(begun)
    assert np.array_equal(derivatives(moving), at_start)
