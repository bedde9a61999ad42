"""A page beside something that runs in this process: a server in a thread of its own."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread

from hil.page.serving import Place, listening, prepared
from hil.page.source import Source

STOPS_S = 5.0
"""The server is waited for at most so long [s]; it takes half of that."""


@contextmanager
def page_beside(source: Source, port: int) -> Iterator[str]:
    """A page of `source` for this machine alone, for as long as the block lasts; its address.

    Port 0 is a free one.

    Raises:
        BadInput: the port is taken.
    """
    place = Place("127.0.0.1", port)
    with closing(listening(place)) as listener:
        server, address = prepared(source, None, place, listener)
        thread = Thread(target=server.run, args=([listener],), name="page", daemon=True)
        thread.start()
        try:
            yield address
        finally:
            server.should_exit = True
            thread.join(STOPS_S)
