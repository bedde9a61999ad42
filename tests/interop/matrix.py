"""The interop matrix: every peer, as client of our server and as server of our client.

    python tests/interop/matrix.py [peer ...]

Columns are Modbus functions, then exceptions 1 to 3 and units: `ok` where every answer and the
whole memory behind it were right, `-` where the peer has no such thing, a number for a note on a
fault of the peer with the bytes that prove it, FAIL for one of ours, empty where nothing was asked
(broadcasts to unit 0 are for serial lines).
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from interop_cases import COLUMNS
from interop_judge import Verdict
from interop_notes import note_on
from interop_peers import ALL, Peer
from interop_talk import ROLES
from interop_wire import Heard


def rows(peers: tuple[Peer, ...] = ALL) -> list[tuple[Peer, str, str]]:
    """Peer, its role and its transport, of every row of the matrix."""
    return [
        (peer, role, transport)
        for peer in peers
        for role in ROLES
        for transport in (peer.clients if role == "client" else peer.servers)
    ]


def shown(heard: Heard) -> str:
    """The bytes of a talk, the beginning of each."""
    return "; ".join(
        f"{who}: {data[:16].hex(' ')}{' ...' if len(data) > 16 else ''}" for who, data in heard[:6]
    )


def cells(
    peer: Peer, role: str, transport: str, verdicts: list[Verdict], notes: list[str]
) -> dict[str, str]:
    """A word for each column; what is to be said of it goes to `notes`."""
    found: dict[str, str] = {}
    for column in COLUMNS:
        mine = [verdict for verdict in verdicts if verdict.column == column]
        marks = ["ok"] if any(not verdict.lacks for verdict in mine) else ["-"[: len(mine)]]
        for verdict in mine:
            if not verdict.wrong:
                continue
            known = note_on(peer.name, role, transport, verdict)
            where = f"{peer.name} {role} {transport}, {column}: "
            notes.append(
                f"[{len(notes) + 1}] {where}{known or 'NOT KNOWN'}\n    {verdict.wrong}\n"
                f"    {shown(verdict.heard)}"
            )
            marks.append(f"{'' if known else 'FAIL'}[{len(notes)}]")
        found[column] = "".join(marks[1:] or marks)
    return found


def main(words: list[str]) -> int:
    names = [peer.name for peer in ALL]
    if strange := [word for word in words if word not in names]:
        print(f"{strange[0]}: not a peer, which are {', '.join(names)}", file=sys.stderr)
        return 2
    wanted = tuple(peer for peer in ALL if peer.name in words) or ALL
    notes: list[str] = []
    table = [["peer", "as", "over", *COLUMNS]]
    for peer, role, transport in rows(wanted):
        if reason := peer.missing():
            table.append([peer.name, role, transport, f"skipped: {reason}"])
            continue
        with tempfile.TemporaryDirectory() as folder:
            verdicts = list(ROLES[role](peer, transport, Path(folder)))
        found = cells(peer, role, transport, verdicts, notes)
        table.append([peer.name, role, transport, *found.values()])
        print(f"{peer.name} {role} {transport}: {len(verdicts)} requests", file=sys.stderr)
    for row in table:
        widths = [max(len(other[i]) for other in table if len(other) > 4) for i in range(len(row))]
        print(
            "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        )
    print("\n".join(["", *notes]))
    return int(any("FAIL" in word for row in table for word in row))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
