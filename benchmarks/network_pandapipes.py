"""The same tree in pandapipes: reads it as JSON, prints CPU seconds of its steps as JSON."""

import json
import sys
import time

import pandapipes


def network(tree: dict) -> "pandapipes.pandapipesNet":
    """Supply and return pipe for every pipe of the tree, a heat consumer at every end."""
    net = pandapipes.create_empty_network(fluid="water")
    names = ["plant", *(p["to"] for p in tree["pipes"])]
    supply = {n: pandapipes.create_junction(net, pn_bar=6, tfluid_k=358.15) for n in names}
    back = {n: pandapipes.create_junction(net, pn_bar=4, tfluid_k=323.15) for n in names}
    for p in tree["pipes"]:
        for begin, end in ((supply[p["from"]], supply[p["to"]]), (back[p["to"]], back[p["from"]])):
            pandapipes.create_pipe_from_parameters(
                net,
                begin,
                end,
                length_km=p["length"] / 1e3,
                inner_diameter_mm=1e3 * p["d"],
                k_mm=0.1,
                sections=min(max(round(p["length"] / 60.0), 3), 12),
                u_w_per_m2k=0.4,
                text_k=276.15,
            )
    for node in tree["ends"]:
        heat = tree["demand"][0] / len(tree["ends"])
        pandapipes.create_heat_consumer(
            net, supply[node], back[node], qext_w=heat, treturn_k=323.15
        )
    pandapipes.create_circ_pump_const_pressure(
        net, back["plant"], supply["plant"], p_flow_bar=8, plift_bar=4, t_flow_k=358.15, type="pt"
    )
    return net


def main() -> None:
    tree = json.load(sys.stdin)
    net = network(tree)

    def step(k: int) -> None:
        net.heat_consumer["qext_w"] = tree["demand"][k] / len(tree["ends"])
        pandapipes.pipeflow(
            net, mode="sequential", transient=True, dt=60, simulation_time_step=k, use_numba=True
        )

    step(0)  # numba compiles
    step(1)
    before = time.process_time()
    for k in range(2, len(tree["demand"])):
        step(k)
    steps = len(tree["demand"]) - 2
    spent = (time.process_time() - before) * len(tree["demand"]) / steps
    print(json.dumps({"cpu": spent, "version": pandapipes.__version__}))


if __name__ == "__main__":
    main()
