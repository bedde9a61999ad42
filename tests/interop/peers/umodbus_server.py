"""umodbus as a server of unit 1: umodbus_server.py tcp PORT | rtu PATH BAUD."""

import sys
import threading
from socketserver import TCPServer

from lines import dump_each_line, tables_from_input
from serial import Serial
from umodbus.server.serial import get_server as get_serial_server
from umodbus.server.serial.rtu import RTUServer
from umodbus.server.tcp import RequestHandler, get_server

tables = tables_from_input()
OF_FUNCTION = {1: "co", 2: "di", 3: "hr", 4: "ir", 5: "co", 6: "hr", 15: "co", 16: "hr"}

if sys.argv[1] == "tcp":
    TCPServer.allow_reuse_address = True
    server = get_server(TCPServer, ("127.0.0.1", int(sys.argv[2])), RequestHandler)
else:
    server = get_serial_server(RTUServer, Serial(sys.argv[2], int(sys.argv[3])))

for function, name in OF_FUNCTION.items():

    def point(slave_id, function_code, address, value=None):
        table = tables[OF_FUNCTION[function_code]]
        if value is None:
            return table[address]
        table[address] = value
        return None

    server.route(slave_ids=[1], function_codes=[function], addresses=range(len(tables[name])))(
        point
    )

# how long its serial server listens before it answers; half a second unless told
how = {"poll_interval": 0.1}
threading.Thread(target=server.serve_forever, kwargs=how, daemon=True).start()
dump_each_line(lambda: (tables["co"], tables["hr"]))
