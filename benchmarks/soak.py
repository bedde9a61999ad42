"""The soak of `make test` by hand: as long as you like, with the report where you want it.

    .venv/bin/python benchmarks/soak.py                          # 20 minutes
    .venv/bin/python benchmarks/soak.py --minutes 50 --report soak.md

What is broken and what is promised: tests/soak/. Ends with 1 where a promise was not kept.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "system"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "soak"))

from soak_promises import promises
from soak_report import report, summary
from soak_run import run


def main() -> None:
    """Run, print and keep the report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--report", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        soak = run(options.minutes, Path(folder))
        text = report(soak)
        sys.stdout.write(f"{text}\n{summary(soak)}\n")
        broken = any(promises(soak).values())
    if options.report is not None:
        options.report.write_text(text, "utf-8")
    sys.exit(broken)


if __name__ == "__main__":
    main()
