"""W3C Web of Things: the properties of a Thing Description with Modbus forms.

Source: Web of Things (WoT) Modbus Binding (terms `modv:`, defaults, URL scheme). What the binding
has no word for (scale, bits, limits of scaled values) is in terms of our own, `hukka:`.
"""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urljoin

from hil.maps.draft import Findings
from hil.maps.structured import Tree, json_of

OWN: Final = "hukka:"
OWN_URI: Final = "urn:hukka:map#"
MODBUS_URI: Final = "https://www.w3.org/2019/wot/modbus#"
OWN_COLUMNS: Final = (
    "bit", "scale", "scale_ref", "offset", "min", "max", "ramp", "nan", "enum", "nv", "tag",
    "default", "type", "order", "access",
)  # fmt: skip
"""Columns that travel as terms of our own, where no word of others says the same."""

ENTITIES: Final = {
    "Coil": "co", "DiscreteInput": "di", "HoldingRegister": "hr", "InputRegister": "ir",
}  # fmt: skip
_FUNCTIONS: Final = {
    "readCoil": "co", "readDiscreteInput": "di", "readHoldingRegisters": "hr",
    "readInputRegisters": "ir", "readHoldingRegister": "hr", "readInputRegister": "ir",
    "writeCoil": "co", "writeSingleCoil": "co", "writeMultipleCoils": "co",
    "writeSingleHoldingRegister": "hr",
    "writeMultipleHoldingRegisters": "hr", "writeMultipleHoldingRegister": "hr",
}  # fmt: skip
TYPES: Final = {
    "xsd:boolean": "bool", "xsd:byte": "int8", "xsd:unsignedByte": "uint8", "xsd:short": "int16",
    "xsd:unsignedShort": "uint16", "xsd:int": "int32", "xsd:unsignedInt": "uint32",
    "xsd:long": "int64", "xsd:unsignedLong": "uint64", "xsd:float": "float32",
    "xsd:double": "float64",
}  # fmt: skip
_PREFIXES: Final = ("modv:", "modbus:")
_PATH = re.compile(
    r"modbus\+(?:tcp://[^/]*|rtu://.+)/([0-9]{1,3})/([0-9]{1,6})"
    r"(?:\?(?:.*&)?quantity=([0-9]{1,4}).*)?"
)
_UNIT_PATH = re.compile(r"modbus\+(?:tcp://[^/]*|rtu://.+)/([0-9]{1,3})/?")
"""A form may have its address in a term of its own."""
_READS: Final = {"readproperty", "observeproperty", "readallproperties"}


def read_wot(findings: Findings, data: bytes, first: int | None = None) -> None:
    """Add the properties of a Thing Description; a device is its unit id.

    `first` is the number of the first address in forms that do not say it; the binding says 1.
    """
    thing = Tree(findings, json_of(findings.file, data))
    base = thing.get("base").text() or ""
    properties = thing.get("properties")
    if properties.value is None:
        thing.get("properties").wrong("a Thing Description with Modbus forms has properties")
    for name, affordance in properties.object().items():
        forms = [form for form in affordance.get("forms").list() if _is_modbus(form, base)]
        if not forms:
            affordance.remark(f"{name}: has no Modbus form: left out")
            continue
        _property(name, affordance, forms, base, first)


def _is_modbus(form: Tree, base: str) -> bool:
    href = form.get("href").value
    named = isinstance(form.value, dict) and any(
        str(key).startswith(_PREFIXES) for key in form.value
    )
    return named or (isinstance(href, str) and _href(base, href).startswith("modbus"))


def _href(base: str, href: str) -> str:
    """`href` behind `base`: as the web joins them, or as some tools do, one after the other.

    Behind "HOST/1" the web has "HOST/7" for 7, and loses the unit; tools of others mean "HOST/1/7".
    """
    joined = _join(base, href)
    appended = f"{base.rstrip('/')}/{href}"
    if "://" not in href and not _PATH.fullmatch(joined) and _PATH.fullmatch(appended):
        return appended
    return joined


def _join(base: str, href: str) -> str:
    if "://" in href or not base:
        return href
    try:
        # urljoin knows no modbus+tcp: it resolves like http
        joined = urljoin(base.replace("modbus+tcp://", "http://", 1), href)
    except ValueError:
        return href
    return joined.replace("http://", "modbus+tcp://", 1)


def _property(name: str, affordance: Tree, forms: list[Tree], base: str, first: int | None) -> None:
    form = next((f for f in forms if _READS & set(_operations(f))), forms[0])
    href = _href(base, form.get("href").text() or "")
    path = _PATH.fullmatch(href)
    unit_only = _UNIT_PATH.fullmatch(href)
    start, length = _range(form)
    unit = str(term(form, "unitID").whole() or "")
    if found := path or unit_only:
        unit = found[1]
    address = int(path[2]) if path else start
    table = _table(form)
    if address is None:
        form.get("href").wrong("must be modbus+tcp://HOST:PORT/UNIT/ADDRESS?quantity=COUNT")
        return
    if table is None:
        return
    if not term(form, "zeroBasedAddressing").flag(first == 0):
        address -= 1
        if term(form, "zeroBasedAddressing").value is first is None:
            text = "addresses count from 1, as the binding has it; else say --base 0"
            affordance.remark(text)
        if address < 0:
            form.get("href").wrong("counts from 1 unless modv:zeroBasedAddressing is true")
            return
    quantity = int(path[3]) if path and path[3] else length
    own = {column: affordance.get(OWN + column).value for column in OWN_COLUMNS}
    cells: dict[str, object] = {
        "name": name, "table": table, "address": address,
        "type": own["type"] or _type(form, affordance, table, quantity),
        "order": own["order"] or (None if table in ("co", "di") else _order(form)),
        "unit": affordance.get("unit").text(),
        "access": own["access"] or _access(affordance, forms),
        "poll": _poll(form),
        "min": affordance.get("minimum").number(), "max": affordance.get("maximum").number(),
        "desc": affordance.get("description").text() or affordance.get("title").text(),
    }  # fmt: skip
    taken = ("type", "order", "access")
    cells |= {k: v for k, v in own.items() if v is not None and k not in taken}
    if cells["type"] is not None:
        affordance.findings.add(affordance.place, cells, unit)


def _range(form: Tree) -> tuple[int | None, int | None]:
    """First address and number of registers in terms of their own, or in an older `range`."""
    said = [item.whole() for item in term(form, "range").list()]
    first = term(form, "address", "offset").whole()
    length = term(form, "quantity", "length").whole()
    if said:
        return said[0], said[1] if len(said) > 1 else length
    return first, length


def _operations(form: Tree) -> Iterable[str]:
    op = form.get("op").value
    words = [op] if isinstance(op, str) else op if isinstance(op, list) else []
    return [str(word) for word in words] or ["readproperty", "writeproperty"]


def term(form: Tree, *names: str) -> Tree:
    """A term of the Modbus vocabulary, by today's prefix or the older one."""
    keys = [prefix + name for name in names for prefix in _PREFIXES]
    return next(
        (found for key in keys if (found := form.get(key)).value is not None), form.get(keys[0])
    )


def _table(form: Tree) -> str | None:
    entity = term(form, "entity")
    if entity.value is not None:
        word = _capital(entity).word(ENTITIES)
        return None if word is None else ENTITIES[word]
    function = term(form, "function")
    if function.value is None:
        function.wrong("a form needs modv:entity or modv:function")
        return None
    codes = {1: "co", 2: "di", 3: "hr", 4: "ir", 5: "co", 6: "hr", 15: "co", 16: "hr"}
    if type(function.value) is int and function.value in codes:
        return codes[function.value]
    word = function.word(_FUNCTIONS)
    return None if word is None else _FUNCTIONS[word]


def _capital(word: Tree) -> Tree:
    """A word that begins with a capital, as the vocabulary has it and not every file."""
    text = word.value
    if not isinstance(text, str) or text[:1].isupper():
        return word
    return Tree(word.findings, text[:1].upper() + text[1:], word.pointer, word.lines)


def _type(form: Tree, affordance: Tree, table: str, quantity: int | None) -> str | None:
    if table in ("co", "di"):
        return "bool"
    said = term(form, "type")
    if said.value == "xsd:string":
        if quantity is None:
            said.wrong("text needs the quantity of its registers in href")
            return None
        return f"string{2 * quantity}"
    if said.value is not None:
        word = said.word(TYPES)
        return None if word is None else TYPES[word]
    if (guess := _guess(form, affordance, quantity)) is not None:
        affordance.remark(f"is taken for {guess}, by its type and length: modv:type is missing")
        return guess
    rule = "what type the registers are is not said: modv:type is missing"
    affordance.findings.mistake(form.place, affordance.get("type").value, rule)
    return None


def _guess(form: Tree, affordance: Tree, quantity: int | None) -> str | None:
    """What a value of a JSON type is as octets, as node-wot's codec has it."""
    parameters = _content(form)
    said = parameters.get("length", "")
    size = int(said) if said.isdecimal() else 2 * (quantity or 1)
    match affordance.get("type").value:
        case "number" if size in (4, 8):
            return f"float{8 * size}"
        case "integer" if size in (2, 4, 8):
            return f"{'uint' if parameters.get('signed') == 'false' else 'int'}{8 * size}"
        case "string" if 2 <= size <= 250 and size % 2 == 0:
            return f"string{size}"
    return None


_BYTE_SEQUENCES: Final = {
    "BIG_ENDIAN": "ABCD", "LITTLE_ENDIAN": "DCBA", "BIG_ENDIAN_BYTE_SWAP": "BADC",
    "LITTLE_ENDIAN_BYTE_SWAP": "CDAB",
}  # fmt: skip


def _content(form: Tree) -> dict[str, str]:
    """Parameters of a form's media type: `length`, `signed`, `byteSeq`."""
    said = form.get("contentType").value
    pairs = (part.partition("=") for part in str(said or "").split(";")[1:])
    return {name.strip(): value.strip() for name, _, value in pairs}


def _order(form: Tree) -> str:
    names = ("mostSignificantByte", "mostSignificantWord")
    if all(term(form, name).value is None for name in names):
        return _BYTE_SEQUENCES.get(_content(form).get("byteSeq", ""), "ABCD")
    byte = term(form, "mostSignificantByte").flag(True)
    word = term(form, "mostSignificantWord").flag(True)
    return {(True, True): "ABCD", (True, False): "CDAB", (False, True): "BADC"}.get(
        (byte, word), "DCBA"
    )


def _access(affordance: Tree, forms: list[Tree]) -> str:
    operations = {op for form in forms for op in _operations(form)}
    if affordance.get("readOnly").flag(False) or "writeproperty" not in operations:
        return "r"
    if affordance.get("writeOnly").flag(False) or not operations & _READS:
        return "w"
    return "rw"


def _poll(form: Tree) -> float | None:
    milliseconds = term(form, "pollingTime").number()
    # 0 is no limit of the rate, so no period either
    return None if not milliseconds or abs(milliseconds) > 1e9 else milliseconds / 1000
