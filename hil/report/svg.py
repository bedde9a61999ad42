"""An SVG file of matplotlib made fit to stand in a page beside others of its kind."""

import re

_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_ID = re.compile(r' id="([^"]+)"')
_REFERENCE = re.compile(r'(?:url\(#|href="#)([^")]+)')


def tidy(svg: str, prefix: str) -> str:
    """The same picture without file header, with ids of its own and a tenth of a point."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->\s*", "", body, flags=re.DOTALL)
    body = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", body, count=1)
    body = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", body, count=1)
    body = _own_ids(body, prefix)
    return re.sub(r' d="[^"]*"', lambda path: _rounded(path.group()), body)


def _own_ids(body: str, prefix: str) -> str:
    """Ids that nothing refers to go; the others get a name no other picture uses."""
    used = sorted(set(_REFERENCE.findall(body)))
    names = {old: f"{prefix}-{i}" for i, old in enumerate(used)}

    def renamed(found: re.Match[str]) -> str:
        return f' id="{names[found.group(1)]}"' if found.group(1) in names else ""

    def pointed(found: re.Match[str]) -> str:
        return found.group().replace(found.group(1), names[found.group(1)])

    return _REFERENCE.sub(pointed, _ID.sub(renamed, body))


def _rounded(path: str) -> str:
    text = _NUMBER.sub(lambda number: f"{float(number.group()):.1f}", path)
    return re.sub(r"\s+", " ", text)
