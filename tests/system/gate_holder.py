"""A session that holds a value, and prints `held`: `python gate_holder.py FOLDER PORT HOW`.

HOW: `wait` looks after itself, `hang` never comes back, `fed` lives as long as its standard input
sends something, `ttl` waits without looking at the gate, `leave` goes without closing it.
"""

import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from gate_controller import MAP, open_device

from hil.gate import LiveGate
from hil.gate.interrupt import Interrupted
from twin.registers import Block, load_map


def main() -> None:
    """Write one value and hold it as told."""
    folder, port, how = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    folder.mkdir(exist_ok=True)
    (folder / "map.csv").write_text(MAP)
    block = Block([load_map(folder / "map.csv").point("T_set")])
    device, address = open_device(port)
    gate = LiveGate(folder / "gate", "hp1", say=print, heartbeat_s=0.5, writes_per_s=1000)
    with ExitStack() as stack:
        gate.__enter__()
        if how != "leave":
            stack.push(gate)
        gate.recover(lambda entry: device)
        gate.admit(device, block, address)
        gate.arm("hp1", f"test of {how}", 0.7 if how == "ttl" else 60)
        gate.write(device, block, [54.0])
        print("held", flush=True)
        if how == "leave":
            return
        if how in ("hang", "ttl"):
            if how == "ttl":
                gate._feed._heartbeat_ns = 10**12
            threading.Event().wait()
        print(f"ended: {gate.hold(feeder=0 if how == 'fed' else None)}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except Interrupted:
        print("interrupted", flush=True)
        sys.exit(130)
