"""A small device for the tests of links: every table, an address that is missing, limits."""

from pathlib import Path

from twin.registers import RegisterBank, load_map

_MAP = """\
name,table,address,type,scale,unit,access,min,max,nan,tag
T_supply,hr,0,int16,0.01,degC,rw,-40,120,-32768,sensor
T_return,hr,1,int16,0.01,degC,rw,-40,120,,sensor
power,hr,2,float32,1,kW,rw,0.7,5000.1,,sensor
heartbeat,hr,4,uint16,1,-,rw,,,,heartbeat
serial,hr,5,uint16,1,-,r,,,,identity
far,hr,10,uint16,1,-,rw,0,1000,,setting
u_pump,ir,0,uint16,0.0001,-,r,,,,command
u_valve,ir,1,uint16,0.0001,-,r,,,,command
energy,ir,2,uint64,1,J,r,,,,status
enable,co,0,bool,1,-,rw,,,,setting
local,co,1,bool,1,-,rw,,,,setting
away,co,2,bool,1,-,rw,,,,setting
alarm,di,0,bool,1,-,r,,,,status
running,di,1,bool,1,-,r,,,,status
"""


def small_map(folder: Path):
    """Register map of the small device."""
    file = folder / "small.csv"
    file.write_text(_MAP)
    return load_map(file)


def small_bank(folder: Path) -> RegisterBank:
    """Memory of the small device, with a different value at every place."""
    bank = RegisterBank(small_map(folder))
    for name, value in {
        "T_supply": 30.25, "T_return": -1.5, "power": 3141.5, "heartbeat": 7, "serial": 4711,
        "far": 999, "u_pump": 0.75, "u_valve": 0.25, "energy": 123456789012,
        "enable": 1, "away": 1, "running": 1,
    }.items():  # fmt: skip
        bank.set(name, value)
    return bank
