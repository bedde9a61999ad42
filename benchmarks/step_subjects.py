"""One way of stepping a chain of FMUs, in a process of its own, told by `step.py` when to run.

    python step_subjects.py NAME FMU PARTS

prints one line as soon as it stands (the sum of all outputs after 100 steps), then for each line
`N` on its standard input steps N times, keeps every part's output of every step, and prints the
CPU seconds that took. Part i feeds part i + 1; part 0 is fed 5.0.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

Advance = Callable[[int], None]
Total = Callable[[], float]
S = 1_000_000_000


def hukka_network(fmu: str, parts: int, *, compiled: bool, batched: bool) -> tuple[Advance, Total]:
    import numpy as np

    from twin.plant import Network, open_fmu

    file = open_fmu(fmu)
    names = [f"p{i}" for i in range(parts)]
    network = Network(
        dict.fromkeys(names, file),
        [(f"{a}.y", f"{b}.u") for a, b in pairwise(names)],
        ["p0.u"],
        [f"{name}.y" for name in names],
        compiled=compiled,
    )
    inputs = np.array([5.0])
    network.initialize(inputs)
    last = np.zeros(parts)

    def step(count: int) -> None:
        log = np.empty((count, parts))
        for k in range(count):
            log[k] = network.step(inputs, S)
        last[:] = log[-1]

    def run(count: int) -> None:
        last[:] = network.run(np.full((count, 1), 5.0), S)[-1]

    return (run if batched else step), lambda: float(last.sum())


def fmpy_loop(fmu: str, parts: int) -> tuple[Advance, Total]:
    import fmpy
    from fmpy.fmi2 import FMU2Slave

    folder = fmpy.extract(fmu)
    description = fmpy.read_model_description(folder)
    slaves = [
        FMU2Slave(
            guid=description.guid,
            unzipDirectory=folder,
            modelIdentifier=description.coSimulation.modelIdentifier,
            instanceName=f"p{i}",
        )
        for i in range(parts)
    ]
    for slave in slaves:
        slave.instantiate()
        slave.setupExperiment(startTime=0.0)
        slave.enterInitializationMode()
        slave.exitInitializationMode()
    y = [1.0] * parts
    done = [0]

    def advance(count: int) -> None:
        log = []
        for _ in range(count):
            for slave, value in zip(slaves, [5.0, *y], strict=False):
                slave.setReal([0], [value])
            for slave in slaves:
                slave.doStep(float(done[0]), 1.0)
            y[:] = [slave.getReal([1])[0] for slave in slaves]
            log.append(list(y))
            done[0] += 1

    return advance, lambda: sum(y)


def ecos(fmu: str, parts: int) -> tuple[Advance, Total]:
    """Ecos with its own CSV writer, which is cheaper than asking it for each value."""
    from ecospy import EcosLib, EcosSimulation, EcosSimulationStructure

    EcosLib.set_log_level("off")
    structure = EcosSimulationStructure()
    names = [f"p{i}" for i in range(parts)]
    for name in names:
        structure.add_model(name, fmu)
    for a, b in pairwise(names):
        structure.make_real_connection(f"{a}::y", f"{b}::u")
    simulation = EcosSimulation(structure=structure, step_size=1.0)
    table = Path(tempfile.mkdtemp()) / "log.csv"
    simulation.add_csv_writer(str(table), identifiers=[f"{name}::y" for name in names])
    simulation.set_real("p0::u", 5.0)
    simulation.init()

    def advance(count: int) -> None:
        for _ in range(count):
            simulation.step()

    return advance, lambda: sum(simulation.get_real(f"{name}::y") for name in names)


def libcosim(fmu: str, parts: int) -> tuple[Advance, Total]:
    """libcosim with its own time series observer."""
    from libcosimpy.CosimEnums import CosimVariableType
    from libcosimpy.CosimExecution import CosimExecution
    from libcosimpy.CosimLogging import CosimLogLevel, log_output_level
    from libcosimpy.CosimObserver import CosimObserver
    from libcosimpy.CosimSlave import CosimLocalSlave

    log_output_level(CosimLogLevel.WARNING)
    execution = CosimExecution.from_step_size(S)  # ns
    slaves = [execution.add_local_slave(CosimLocalSlave(fmu, f"p{i}")) for i in range(parts)]
    for a, b in pairwise(slaves):
        execution.connect_real_variables(a, 1, b, 0)
    execution.real_initial_value(slaves[0], 0, 5.0)
    observer = CosimObserver.create_time_series(10_000)
    execution.add_observer(observer)
    for slave in slaves:
        observer.start_time_series(slave, 1, CosimVariableType.REAL)

    steps = [0]

    def advance(count: int) -> None:
        for _ in range(count):
            execution.step()
        steps[0] += count

    def total() -> float:
        rows = [observer.time_series_real_samples(slave, 1, steps[0], 1) for slave in slaves]
        return sum(row[2][-1] for row in rows)

    return advance, total


def stand(name: str, fmu: str, parts: int) -> tuple[Advance, Total]:
    match name:
        case "hukka":
            return hukka_network(fmu, parts, compiled=True, batched=False)
        case "hukka-batched":
            return hukka_network(fmu, parts, compiled=True, batched=True)
        case "hukka-plain":
            return hukka_network(fmu, parts, compiled=False, batched=False)
        case "fmpy":
            return fmpy_loop(fmu, parts)
        case "ecos":
            return ecos(fmu, parts)
        case "libcosim":
            return libcosim(fmu, parts)
    raise SystemExit(f"unknown subject {name!r}")


def main() -> None:
    name, fmu, parts = sys.argv[1], sys.argv[2], int(sys.argv[3])
    advance, total = stand(name, fmu, parts)
    advance(100)
    print(f"total {total()!r}", flush=True)
    for line in sys.stdin:
        before = time.process_time()
        advance(int(line))
        print(f"cpu {time.process_time() - before!r}", flush=True)


if __name__ == "__main__":
    main()
