"""mbpoll as a client, started for each line: mbpoll_client.py tcp HOST PORT | rtu PATH BAUD."""

import re
import subprocess
import sys

from lines import Lacks, ask_each_line, values

TABLE = {1: "0", 2: "1", 3: "4", 4: "3", 5: "0", 6: "4", 15: "0", 16: "4"}
if sys.argv[1] == "tcp":
    WHERE = ["-m", "tcp", "-p", sys.argv[3], sys.argv[2]]
else:
    WHERE = ["-m", "rtu", "-b", sys.argv[3], "-P", "none", sys.argv[2]]
MEANING = {
    "Illegal function": 1,
    "Illegal data address": 2,
    "Illegal data value": 3,
    "Target device failed to respond": 11,
}


def ask(unit: int, function: int, *a: int) -> str:
    if unit == 0 and sys.argv[1] == "rtu":
        raise Lacks
    options = ["-a", str(unit), "-0", "-1", "-q", "-o", "1"]
    if function == 17:
        return run([*options, "-u", *WHERE], function)
    if function not in TABLE or (function <= 4 and a[1] > 125):
        raise Lacks  # it reads 125 bits at most
    if function in (15, 16) and len(a) == 2:
        raise Lacks  # one value alone it writes with 5 or 6
    options += ["-t", TABLE[function], "-r", str(a[0])]
    if function <= 4:
        return run([*options, "-c", str(a[1]), *WHERE], function)
    return run([*options, *WHERE, *map(str, a[1:])], function)


def run(options: list[str], function: int) -> str:
    done = subprocess.run(["mbpoll", *options], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    if "available only in RTU mode" in said:
        raise Lacks
    for text, code in MEANING.items():
        if text in said:
            return f"exception {code}"
    if done.returncode == 0 and function > 4:
        return "done"
    found = re.findall(r"^\[\d+\]:\s+(\d+)", done.stdout, re.MULTILINE)
    if done.returncode == 0 and found:
        return values(found)
    return "silent" if "timed out" in said else "error " + " ".join(said.split())


ask_each_line(ask)
