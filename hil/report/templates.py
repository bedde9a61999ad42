"""The pages of reports as templates, and what else stands in this folder."""

from importlib.resources import files

import jinja2

from hil.report.numbers import clock


def template(name: str) -> jinja2.Template:
    """A page of this folder; what it is not given is an error."""
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(resource),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clock"] = clock
    return environment.get_template(name)


def resource(name: str) -> str:
    """Text of a file of this folder."""
    return (files("hil.report") / name).read_text(encoding="utf-8")
