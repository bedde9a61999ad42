"""Valid files of every format that is read, as bytes; written for these tests."""
# ruff: noqa: E501  # tables are easier to read in long lines

import io
import json

import openpyxl

CSV = """\
Pump cabinet register list
Signal;Modbus adress;Data type;Factor;Unit;R/W;Min;Max;Values;Comment
Supply temp;40001;INT16;0,1;°C;R;;;;outlet
Flow;40002-40003;FLOAT32;;m³/h;R;;;;
Setpoint;40010;UINT16;1/10;°C;R/W;10;60;;
Speed;40011;UINT;0.01;%;RW;;;;
Alarm;40012.3;BOOL;;;R;;;;
Mode;30005;WORD;;;RO;;;0=off, 1=on;
Run;00001;;;;R/W;;;;
""".encode()

TELEGRAF = b"""\
[[inputs.modbus]]
  name = "plc"
  slave_id = 3
  controller = "tcp://localhost:502"
  configuration_type = "request"
  [[inputs.modbus.request]]
    slave_id = 3
    byte_order = "CDAB"
    register = "holding"
    fields = [
      { address=0, name="voltage", type="INT16", scale=0.1 },
      { address=1, name="current", type="FLOAT32" },
      { address=3, name="spare", type="UINT16", omit=true },
      { address=5, name="high", type="UINT8H" },
    ]
  [[inputs.modbus.request]]
    slave_id = 3
    register = "coil"
    fields = [{ address=7, name="run" }]
"""

TELEGRAF_OLD = b"""\
[[inputs.modbus]]
  name = "plc"
  slave_id = 1
  coils = [{ name = "run", address = [0] }]
  discrete_inputs = [{ name = "stop", address = [4] }]
  holding_registers = [
    { name = "factor", byte_order = "AB", data_type = "FIXED", scale = 0.01, address = [8] },
    { name = "energy", byte_order = "CDAB", data_type = "FLOAT32", scale = 0.001, address = [5, 6] },
    { name = "power", byte_order = "DCBA", data_type = "FLOAT32-IEEE", address = [2, 3] },
  ]
  input_registers = [{ name = "level", byte_order = "BA", data_type = "INT16", address = [0] }]
"""

HOME_ASSISTANT = b"""\
modbus:
  - name: hub1
    type: tcp
    host: !secret plc_host
    port: 502
    sensors:
      - name: Outdoor air
        slave: 1
        address: 100
        input_type: input
        data_type: int16
        scale: 0.1
        offset: -40
        unit_of_measurement: "\xc2\xb0C"
        nan_value: 0x8000
        scan_interval: 15
      - name: Energy
        slave: 1
        address: 110
        data_type: uint32
        swap: word
        unit_of_measurement: kWh
        virtual_count: 2
    binary_sensors:
      - name: Running
        slave: 1
        address: 5
        input_type: discrete_input
    switches:
      - name: Pump
        slave: 1
        address: 13
        write_type: coil
      - name: Fan
        slave: 1
        address: 20
    climates:
      - name: Hall
        slave: 1
        address: 30
        target_temp_register: 31
        min_temp: 15
        max_temp: 30
        scale: 0.1
        hvac_mode_register:
          address: 40
          values: {auto: 0, cool: 1}
"""

SUNSPEC = json.dumps(
    {
        "id": 64999,
        "group": {
            "name": "meter",
            "type": "group",
            "points": [
                {"name": "ID", "type": "uint16", "value": 64999},
                {"name": "L", "type": "uint16"},
                {"name": "Mn", "type": "string", "size": 4, "label": "Maker"},
                {"name": "W", "type": "int16", "sf": "W_SF", "units": "W"},
                {"name": "W_SF", "type": "sunssf"},
                {"name": "Hz", "type": "uint16", "sf": -2, "units": "Hz", "access": "RW"},
                {"name": "St", "type": "enum16", "symbols": [{"name": "OFF", "value": 1}]},
            ],
            "groups": [
                {
                    "name": "ph",
                    "type": "group",
                    "count": 0,
                    "points": [{"name": "V", "type": "uint16"}],
                }
            ],
        },
    }
).encode()

WOT = json.dumps(
    {
        "@context": ["https://www.w3.org/2022/wot/td/v1.1"],
        "title": "PLC",
        "base": "modbus+tcp://192.0.2.1:502/1/",
        "properties": {
            "limit": {
                "type": "boolean",
                "forms": [
                    {"op": "readproperty", "href": "3", "modbus:function": "readDiscreteInput"}
                ],
            },
            "power": {
                "type": "number",
                "unit": "kW",
                "minimum": 0,
                "maximum": 50,
                "description": "Wanted power",
                "forms": [
                    {
                        "op": ["readproperty", "writeproperty"],
                        "href": "10?quantity=2",
                        "modv:entity": "HoldingRegister",
                        "modv:type": "xsd:float",
                        "modv:mostSignificantWord": False,
                        "modv:zeroBasedAddressing": True,
                        "modv:pollingTime": 500,
                    }
                ],
            },
            "elsewhere": {"forms": [{"href": "http://example.org/x"}]},
        },
    }
).encode()


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


XLSX = workbook(
    {
        "Cover": [["Acme meter"], ["rev", "B"]],
        "Registers": [
            ["Acme meter"],
            ["Name", "Register", "Format", "Scale", "Unit", "Length"],
            ["Power", 40001, "S32", 0.1, "kW", 2],
            ["Maker", 40003, "string", None, None, 4],
            ["Temp", 30001, "int16", 0.01, "degC", 1],
        ],
    }
)

SAMPLES = {
    "csv": CSV,
    "telegraf": TELEGRAF,
    "telegraf_old": TELEGRAF_OLD,
    "homeassistant": HOME_ASSISTANT,
    "sunspec": SUNSPEC,
    "wot": WOT,
    "xlsx": XLSX,
}
