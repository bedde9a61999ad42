"""How a child process behaves; imports nothing heavy."""

import signal
import threading
from multiprocessing import parent_process
from os import _exit


def watch_parent() -> None:
    """End this process when the one that started it is gone; a Ctrl-C is for that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        _exit(1)

    threading.Thread(target=wait, daemon=True, name="watch parent").start()
