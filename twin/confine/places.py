"""What an interpreter and its libraries read while they run."""

import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

import twin

_SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/opt", "/nix/store",
    "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/ld.so.preload",
    "/etc/localtime", "/etc/os-release", "/etc/fonts", "/etc/ssl/openssl.cnf",
    "/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys",
    "/proc/filesystems", "/sys/devices/system", "/sys/fs/cgroup",
    "/dev/urandom", "/dev/random", "/dev/zero", "/dev/null",
)  # fmt: skip
OF_NAMES = tuple(
    Path("/etc") / name
    for name in ("hosts", "resolv.conf", "nsswitch.conf", "host.conf", "gai.conf", "services")
)
"""What says where a machine is that is known by its name."""


def of_python() -> tuple[Path, ...]:
    """Folders and files of the system, of this Python and its packages, and of hukka.

    Neither homes nor `/etc` as a whole: keys and passwords are there. The working folder is not
    among them although Python looks for modules there.
    """
    installed = {sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values()}
    hukka = _hukka()
    rooms = [hukka / room for room in ("twin", "hil", "firmware_sim", "fmus", "sites")]
    about = sorted(hukka.glob("*.dist-info"))  # which versions are there, also with `--target`
    return (*map(Path, (*_SYSTEM, *sorted(installed))), *rooms, *about)


def came_along(fmus: Iterable[Path]) -> bool:
    """Whether all of them lie among the models of this hukka: as much its own as its Python."""
    rooms = [_hukka() / room for room in ("fmus", "sites")]
    return all(any(path.resolve().is_relative_to(r.resolve()) for r in rooms) for path in fmus)


def _hukka() -> Path:
    return Path(twin.__file__).parents[1]
