"""A real systemd that starts the shipped unit, in namespaces of its own: nothing of it stays."""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench_processes import ROOT, until

UNIT = "hukka-monitor.service"
MANAGER = Path("/lib/systemd/systemd")
TARGETS = ("basic", "multi-user", "network-online", "shutdown", "sysinit", "time-sync")
"""What a unit depends on without saying so, or says; here nothing is behind them."""
ALONE = ("setpriv", "--pdeathsig", "KILL", "unshare", "-mpfCui", "--kill-child")
"""Before a command: in namespaces of its own, and gone with whoever started it."""
BOOT = """
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir /run/units
for target in {targets}; do echo '[Unit]' > /run/units/$target.target; done
umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs {folder}/disk
for of in etc opt var; do
  own={folder}/disk/$of
  mkdir $own $own.work
  cp -r {folder}/$of/. $own
  mount -t overlay -o lowerdir=/$of,upperdir=$own,workdir=$own.work $of /$of
done
export container=hukka SYSTEMD_UNIT_PATH=/etc/systemd/system:/run/units
exec {manager} --system --unit={unit} --log-target=null --show-status=no
"""


def why_not() -> str:
    """What this machine lacks for it; empty if nothing."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "needs Linux and root"
    needed = [p for p in ("unshare", "nsenter", "systemctl") if shutil.which(p) is None]
    if needed or not MANAGER.exists():
        return f"needs {', '.join(needed) or MANAGER}"
    done = subprocess.run([*ALONE, "true"], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"no namespaces: {done.stderr.strip()}"


class Service:
    """The unit under its manager; what it says is in `said`."""

    def __init__(self, folder: Path, manager: int) -> None:
        self._manager = manager
        self._root = _root_of(manager)
        self._log = folder / "said"

    @property
    def said(self) -> str:
        """All that it wrote to its error stream."""
        return self._log.read_text("utf-8") if self._log.exists() else ""

    @property
    def data(self) -> Path:
        """Its data folder, as seen from here."""
        return self._root / "var/lib/private/hukka"

    def systemctl(self, *words: str) -> str:
        """Ask its manager for something."""
        command = ["nsenter", "-t", str(self._manager), "-m", "-p", "systemctl", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120.0, check=False)
        assert not done.stderr, done.stderr
        return done.stdout.strip()

    def state(self, name: str) -> str:
        """A property of the unit."""
        return self.systemctl("show", UNIT, "--property", name, "--value")

    def comes_to(self, name: str, value: str, timeout_s: float = 180.0) -> None:
        """Wait until a property has a value."""
        until(lambda: self.state(name) == value, f"{name}={value}", timeout_s)

    def is_over(self) -> tuple[str, str]:
        """Wait until it is to be started again: why, and its exit code or signal."""
        self.comes_to("SubState", "auto-restart")
        return self.state("Result"), self.state("ExecMainStatus")

    def main(self) -> int:
        """The monitor, as this side counts processes."""
        inside = self.state("MainPID")
        # units of other tests that run beside it have the same numbers in namespaces of their own
        for path in Path("/proc").glob("[0-9]*/status"):
            with suppress(OSError):
                lines = dict(line.split(":\t", 1) for line in path.read_text().splitlines())
                ours = _numbers_of(int(path.parent.name)) == _numbers_of(self._manager)
                if ours and lines["NSpid"].split()[-1] == inside:
                    return int(path.parent.name)
        raise AssertionError(f"no process {inside} of the unit")


@contextmanager
def service(folder: Path, site: Path, options: str) -> Iterator[Service]:
    """The unit as its how-to installs it, started by a systemd of its own."""
    unit = (ROOT / "docs/deploy" / UNIT).read_text("utf-8")
    units, settings, program = (folder / p for p in ("etc/systemd/system", "etc/hukka", "opt"))
    edits = units / f"{UNIT}.d"
    for made in (edits, settings, program / "hukka/bin", folder / "var", folder / "disk"):
        made.mkdir(parents=True)
    (units / UNIT).write_text(unit, "utf-8")
    for path in site.parent.iterdir():
        shutil.copy(path, settings)
    name = f"bin/python{sys.version_info.major}.{sys.version_info.minor}"
    hukka = program / "hukka/bin/hukka"
    hukka.write_text(f"#!/opt/python/{name}\nfrom hil.cli import main\nmain()\n", "utf-8")
    hukka.chmod(0o755)
    # the interpreter and the checkout may be of a user whose folders nobody else enters
    bound = {"python": sys.base_prefix, "packages": sysconfig.get_path("purelib"), "code": ROOT}
    for place in bound:
        (program / place).mkdir()
    edited = f"""
[Service]
Environment="HUKKA_OPTIONS={options}"
Environment=PYTHONPATH=/opt/code:/opt/packages LD_LIBRARY_PATH=/opt/python/lib
BindReadOnlyPaths={" ".join(f"{path}:/opt/{place}" for place, path in bound.items())}
StandardError=append:{folder / "said"}
"""
    (edits / "override.conf").write_text(edited, "utf-8")
    targets = " ".join(TARGETS)
    boot = BOOT.format(folder=folder, targets=targets, manager=MANAGER, unit=UNIT)
    with _group(f"hukka-{os.getpid()}-{folder.name}") as group, (folder / "boot").open("w") as told:
        manager = subprocess.Popen(
            [*ALONE, "sh", "-ec", boot],
            stdout=told,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: group.joinpath("cgroup.procs").write_text("0"),
        )
        try:
            yield Service(folder, _first(manager.pid, folder))
        finally:
            manager.kill()  # and with it all that is in its namespaces
            manager.wait()


def _root_of(pid: int) -> Path:
    """The files that a process sees, from here."""
    return Path("/proc") / str(pid) / "root"


def _numbers_of(pid: int) -> int:
    """Which namespace numbers a process."""
    return (Path("/proc") / str(pid) / "ns/pid").stat().st_ino


def _first(unshare: int, folder: Path) -> int:
    """The manager, once it can be asked; process 1 where it is."""
    children = Path(f"/proc/{unshare}/task/{unshare}/children")

    def asked() -> bool:
        found = children.read_text().split()
        return bool(found) and (_root_of(int(found[0])) / "run/systemd/private").exists()

    until(asked, f"systemd: {(folder / 'boot').read_text('utf-8')}", 30.0)
    return int(children.read_text().split()[0])


@contextmanager
def _group(name: str) -> Iterator[Path]:
    """A control group for a manager to rule in."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    root = Path(next(m.split()[4] for m in mounts if " - cgroup2 " in m))
    own = Path("/proc/self/cgroup").read_text().splitlines()
    group = root / next(c for c in own if c.startswith("0::")).removeprefix("0::/") / name
    group.mkdir()
    try:
        yield group
    finally:
        until(lambda: _empty(group), f"{group} to be empty", 30.0)


def _empty(group: Path) -> bool:
    """Remove the group with all below it, once nobody is in it any more."""
    for path in sorted(group.rglob("*"), reverse=True):
        if path.is_dir():
            with suppress(OSError):
                path.rmdir()
    with suppress(OSError):
        group.rmdir()
    return not group.exists()
