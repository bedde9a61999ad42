"""The sharp pipe's C code against what can be said without parcels."""

import ctypes
import hashlib
import shutil
import subprocess
from pathlib import Path

import numpy as np
import plug_library
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plug_library import CP, Plug
from scipy.integrate import cumulative_trapezoid
from scipy.linalg import expm
from scipy.special import i0e

NO_LOSS = (1e-9, 1e-9, 1e-9, 1e-9)


def bare(**more: float) -> Plug:
    """Water alone: no wall to speak of, no loss."""
    return Plug(wall=1e-3, path=NO_LOSS, **more)  # type: ignore[arg-type]


# ---- transport ---------------------------------------------------------------------------------


def test_a_step_of_the_inlet_arrives_whole_after_the_volume_has_passed() -> None:
    pipe = bare()
    transit = pipe.volume * pipe.rho / pipe.flow  # 37.0 s
    seen = []
    for _ in range(600):
        pipe.step(0.1, T_a=340.0)
        seen.append((pipe.out["face_b"] - 330.0) / 10.0)
    t, y = 0.1 * np.arange(1, 601), np.array(seen)
    assert np.trapezoid(1.0 - y, t) == pytest.approx(transit, abs=0.2)
    assert np.all(y[t < transit - 0.5] < 1e-6)
    assert np.all(y[t > transit + 0.5] > 1.0 - 1e-6)


@pytest.mark.parametrize("h", [0.1, 1.0, 7.3])
def test_a_ramp_comes_out_as_a_ramp_finer_than_parcels(h: float) -> None:
    """A parcel's own step would be 0.09 K; held inputs are stairs themselves, of rate h."""
    pipe, rate = bare(cells=40), 0.1
    transit = pipe.volume * pipe.rho / pipe.flow
    for k in range(round(200 / h)):
        pipe.step(h, T_a=330.0 + rate * h * (k + 0.5))
    t = h * round(200 / h)
    assert pipe.out["face_b"] == pytest.approx(
        330.0 + rate * (t - transit), abs=0.02 + rate * h / 2
    )


def test_hot_water_needs_less_of_itself_to_push_cold_water_out() -> None:
    pipe = bare(start_a=290.0, start_b=290.0, rho=998.0, rho_a=975.0)
    t = 0.0
    while pipe.out["face_b"] < 320.0:
        pipe.step(0.05, T_a=350.0)
        t += 0.05
    assert t == pytest.approx(pipe.volume * 975.0 / pipe.flow, rel=0.01)
    expected = CP * pipe.flow * t * 60.0
    assert abs(pipe.E_expelled) < 1e-3 * expected  # what left was as warm as the start
    assert pipe.out["stored"] == pytest.approx(expected, rel=0.01)


def test_a_pipe_in_a_mirror() -> None:
    there, back = Plug(start_a=340.0, start_b=320.0), Plug(start_a=320.0, start_b=340.0)
    for k in range(200):
        flow = 0.5 * np.sin(0.05 * k)
        there.step(1.0, flow=flow, T_a=350.0, T_b=310.0)
        back.step(1.0, flow=-flow, T_a=310.0, T_b=350.0)
        assert there.out["face_a"] == pytest.approx(back.out["face_b"], abs=1e-9)
        assert there.out["T_b"] == pytest.approx(back.out["T_a"], abs=1e-9)
        assert there.out["loss"] == pytest.approx(back.out["loss"], rel=1e-9, abs=1e-9)


# ---- wall and loss -----------------------------------------------------------------------------


def schumann(ntu: float, eta: np.ndarray) -> np.ndarray:
    """Outlet's share of an inlet step [-]: Anzelius 1926, Schumann 1929.

    `ntu` = UA / (m cp), `eta` = UA / C_wall times the time since the water's own front.
    """
    s = np.linspace(0.0, ntu, 4001)
    found = []
    for value in eta:
        root = 2.0 * np.sqrt(value * s)
        inner = np.exp(-s - value + root) * i0e(root)
        found.append(1.0 - cumulative_trapezoid(inner, s)[-1])
    return np.array(found)


@pytest.mark.parametrize("h", [0.1, 1.0])
def test_a_step_through_a_wall_that_takes_heat(h: float) -> None:
    UA, C_wall, flow = 15e3, 13600.0, 0.5
    pipe = Plug(wall=C_wall, path=NO_LOSS, film=(UA, UA, UA), flow=flow)
    ntu = UA / (flow * CP)
    transit = pipe.volume * pipe.rho / flow
    times, seen = [], []
    for k in range(round(80 / h)):
        pipe.step(h, T_a=340.0)
        times.append(h * (k + 1))
        seen.append((pipe.out["face_b"] - 330.0) / 10.0)
    t, y = np.array(times), np.array(seen)
    after = t > transit + 1.0
    exact = schumann(ntu, UA / C_wall * (t[after] - transit))
    assert np.abs(y[after] - exact).max() < 0.012
    assert np.sqrt(np.mean((y[after] - exact) ** 2)) < 0.004
    assert np.all(y[t < transit - 1.0] < 1e-4)


@pytest.mark.parametrize(("flow", "h"), [(0.05, 1.0), (0.05, 60.0), (0.5, 10.0), (-0.2, 10.0)])
def test_a_steady_pipe_cools_exponentially(flow: float, h: float) -> None:
    pipe = Plug().run(40000.0, h, flow=flow, T_a=350.0, T_b=350.0)
    R = 1.0 / 30e3 + sum(1.0 / g for g in pipe.path)
    expected = 290.0 + 60.0 * np.exp(-1.0 / (R * abs(flow) * CP))
    assert pipe.out["T_b" if flow > 0 else "T_a"] == pytest.approx(expected, abs=3e-3)
    assert pipe.out["loss"] == pytest.approx(abs(flow) * CP * (350.0 - expected), rel=1e-3)


@pytest.mark.parametrize(("h", "tolerance"), [(1.0, 0.01), (10.0, 0.05), (60.0, 0.2)])
def test_standing_water_cools_with_wall_and_insulation(h: float, tolerance: float) -> None:
    pipe = Plug(T_ambient=280.0).run(3600.0, h, flow=0.0)
    C = np.array([CP * pipe.rho * pipe.volume, pipe.wall, *pipe.shell])
    G = np.array([30e3, *pipe.path])  # the film at 330 K is within 1e-3 of that at 333 K
    A = np.zeros((5, 5))
    for i, g in enumerate(G):
        A[i, i] -= g / C[i]
        if i < 4:
            A[i, i + 1] += g / C[i]
            A[i + 1, i] += g / C[i + 1]
            A[i + 1, i + 1] -= g / C[i + 1]
    R = 1.0 / np.array(pipe.path)
    before = 330.0 - 40.0 * np.cumsum(R)[:-1] / R.sum()  # in balance with 290 K
    start = np.array([330.0, 330.0, *before])
    exact = 280.0 + expm(A * 3600.0) @ (start - 280.0)
    assert pipe.out["face_b"] == pytest.approx(exact[0], abs=tolerance)
    assert pipe.out["face_a"] == pytest.approx(pipe.out["face_b"], abs=1e-9)
    assert pipe.out["stored"] == pytest.approx(float(C @ (exact - start)), rel=tolerance)


def test_steps_of_any_length_give_the_same_outlet() -> None:
    """Inputs change every 10 s; the steps between are 0.1, 1 or 10 s long."""
    rng = np.random.default_rng(7)
    flows, inlets = rng.uniform(0.1, 0.6, 60), np.cumsum(rng.uniform(-2, 2, 60)) + 340.0
    ends = []
    for h in (0.1, 1.0, 10.0):
        pipe, seen = Plug(), []
        for flow, T_a in zip(flows, inlets, strict=True):
            pipe.run(10.0, h, flow=float(flow), T_a=float(T_a))
            seen.append(pipe.out["face_b"])
        ends.append(np.array(seen))
    assert np.abs(ends[1] - ends[0]).max() < 0.1
    assert np.abs(ends[2] - ends[0]).max() < 0.2
    assert np.sqrt(np.mean((ends[2] - ends[0]) ** 2)) < 0.05


def test_dispersion_spreads_a_step_as_its_coefficient_says() -> None:
    """Variance of the arrival: 2 D L / u^3 (Levenspiel, small dispersion)."""
    spread = []
    number = 4e-3  # D / (u L)
    for cells in (100, 200):
        pipe = bare(cells=cells)
        transit = pipe.volume * pipe.rho / pipe.flow
        pipe.dispersion = number / transit
        y = [0.0]
        for _ in range(1000):
            pipe.step(0.1, T_a=340.0)
            y.append((pipe.out["face_b"] - 330.0) / 10.0)
        t = 0.1 * np.arange(1001)
        first = np.trapezoid(1.0 - np.array(y), t)
        second = np.trapezoid(2.0 * t * (1.0 - np.array(y)), t)
        spread.append((second - first**2) / transit**2)
    assert spread[1] == pytest.approx(2.0 * number, rel=0.05)
    assert spread[0] == pytest.approx(2.0 * number, rel=0.10)


# ---- properties --------------------------------------------------------------------------------

FLOWS = st.sampled_from([0.0, 1e-13, -1e-13, 1e-6, -1e-6, 0.01, -0.02, 0.5, -0.5, 2.0, -2.0])
STEPS = st.lists(
    st.tuples(
        st.sampled_from([1e-3, 0.1, 1.0, 10.0, 60.0, 900.0]),
        FLOWS,
        st.floats(285.0, 380.0),
        st.floats(285.0, 380.0),
        st.floats(260.0, 300.0),
    ),
    min_size=1,
    max_size=60,
)


@given(STEPS, st.sampled_from([4, 7, 20]), st.floats(0.0, 5e-3), st.floats(950.0, 1000.0))
@settings(max_examples=60, deadline=None)
def test_books_close_and_nothing_overshoots(
    steps: list[tuple[float, float, float, float, float]],
    cells: int,
    dispersion: float,
    rho_a: float,
) -> None:
    pipe = Plug(cells=cells, dispersion=dispersion, rho_a=rho_a)
    low, high = 290.0, 330.0  # ambient and water at the start
    moved = CP * 1000.0 * pipe.volume * 100.0
    for h, flow, T_a, T_b, T_ambient in steps:
        low, high = min(low, T_a, T_b, T_ambient), max(high, T_a, T_b, T_ambient)
        pipe.step(h, flow=flow, T_a=T_a, T_b=T_b, T_ambient=T_ambient)
        moved += CP * abs(flow) * h * 100.0
        inside = [pipe.out[k] for k in ("T_a", "T_b", "face_a", "face_b", "wall_a", "wall_b")]
        assert min(inside) >= low - 1e-9
        assert max(inside) <= high + 1e-9
        assert np.all(np.isfinite(pipe.state))
    assert abs(pipe.imbalance()) < 1e-12 * moved


def test_long_books_close_to_round_off() -> None:
    """24 h with reversal and standstill, hot and cold water of different density."""
    pipe, rng, moved = Plug(), np.random.default_rng(2), 0.0
    for _ in range(1440):
        flow = float(rng.choice([0.0, 1e-9, 0.3, -0.3, 0.5, -0.02]))
        T_a, T_b = float(rng.uniform(300, 370)), float(rng.uniform(300, 370))
        rho_a, rho_b = 1030.0 - 0.15 * (T_a - 273.0), 1030.0 - 0.15 * (T_b - 273.0)
        pipe.step(60.0, flow=flow, T_a=T_a, T_b=T_b, rho_a=rho_a, rho_b=rho_b)
        moved += CP * abs(flow) * 60.0 * abs(T_a - T_b)
    assert pipe.E_loss > 0.01 * moved
    assert abs(pipe.imbalance()) < 1e-12 * moved


# ---- bits --------------------------------------------------------------------------------------


def _driven() -> str:
    """Hash of a pipe's memory after many kinds of steps."""
    pipe, rng = Plug(cells=37, dispersion=1e-3), np.random.default_rng(5)
    for _ in range(500):
        pipe.step(
            float(rng.choice([0.1, 1.0, 10.0])),
            flow=float(rng.choice([0.0, 0.5, -0.5, 0.01])),
            T_a=float(rng.uniform(290, 370)),
            T_b=float(rng.uniform(290, 370)),
            rho_a=float(rng.uniform(960, 999)),
        )
    return hashlib.sha256(pipe.state.tobytes()).hexdigest()


@pytest.mark.parametrize("options", [("-O0",), ("-O3", "-march=native")])
def test_another_compiler_gives_the_same_bits(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler of the system")
    ours = _driven()
    for name, text in plug_library.files().items():
        (tmp_path / name).write_text(text, "utf-8")
    fixed = ["-std=c99", "-ffp-contract=off", "-fno-math-errno", "-shared", "-fPIC"]
    command = [compiler, *options, *fixed, "plug.c", "wrap.c", "-o", "other.so"]
    subprocess.run(command, cwd=tmp_path, check=True)
    other = ctypes.CDLL(str(tmp_path / "other.so"))
    monkeypatch.setattr(plug_library, "library", lambda: other)
    assert _driven() == ours
