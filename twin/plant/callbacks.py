"""What an FMU calls back: its log messages, and memory (FMI 2.0)."""

import ctypes
from collections import deque
from contextlib import suppress
from typing import Any

import fmpy
from fmpy import fmi2, fmi3

_listeners: dict[int, deque[str]] = {}


def callbacks2(key: int, messages: deque[str]) -> Any:  # noqa: ANN401 - a ctypes structure
    """Callbacks of FMI 2.0 for an instance known as `key`; keep them as long as it lives."""
    _listeners[key] = messages
    return fmi2.fmi2CallbackFunctions(
        logger=_CALLBACKS2.logger,
        allocateMemory=_CALLBACKS2.allocateMemory,
        freeMemory=_CALLBACKS2.freeMemory,
        componentEnvironment=key,
    )


def log_callback3(messages: deque[str]) -> Any:  # noqa: ANN401 - a ctypes function
    """The log callback of FMI 3.0; keep it as long as the instance lives."""

    def note(_env: int, _status: int, _category: bytes, message: bytes) -> None:
        messages.append(message.decode(errors="replace"))

    return fmi3.fmi3LogMessageCallback(note)


def forget(key: int) -> None:
    """No more messages for an instance of FMI 2.0."""
    _listeners.pop(key, None)


def _note2(env: int, _name: bytes, _status: int, _category: bytes, message: bytes) -> None:
    if env in _listeners:
        _listeners[env].append(message.decode(errors="replace"))


def _callbacks2() -> Any:  # noqa: ANN401 - a ctypes structure
    """Callbacks whose logger has its printf arguments filled in, where fmpy brings the C for it."""
    callbacks = fmi2.fmi2CallbackFunctions(
        logger=_NOTE2,
        allocateMemory=ctypes.cast(fmpy.calloc, fmi2.fmi2CallbackAllocateMemoryTYPE),
        freeMemory=ctypes.cast(fmpy.free, fmi2.fmi2CallbackFreeMemoryTYPE),
    )
    with suppress(OSError):  # fmpy has no such library for Linux on ARM: messages stay unformatted
        from fmpy.logging import addLoggerProxy

        addLoggerProxy(ctypes.byref(callbacks))
    return callbacks


# one for all instances: fmpy's formatter keeps a single logger
_NOTE2 = fmi2.fmi2CallbackLoggerTYPE(_note2)
_CALLBACKS2 = _callbacks2()
