"""`alarms.yaml`: limits, priorities, and what the list of alarms may assume."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from hil.alarms.limit_section import LimitSection, wrong_signals
from twin.alarms.limit import Limit
from twin.alarms.links import LinkRule
from twin.alarms.listed import Priority
from twin.alarms.priority import BY_CONSEQUENCE, consequences, priority_of
from twin.errors import did_you_mean
from twin.site.document import read_optional
from twin.site.mistakes import raise_all, validated
from twin.site.model import Site
from twin.site.quantity import Seconds, Whole
from twin.site.section import PartName, Section

FILE = "alarms.yaml"
"""Its name in a data folder or beside a site."""


class LinkSection(Section):
    """Links that are lost."""

    delay_on: Annotated[Seconds, Field(ge=0)] = 30.0
    """How long one has to be lost [s]."""
    delay_off: Annotated[Seconds, Field(ge=0)] = 30.0
    """How long one has to be back [s]."""
    priority: Priority = "diagnostic"


class AlarmSettings(Section):
    """What an engineer may say of alarms; an empty file says nothing, and all defaults hold."""

    operators: Annotated[Whole, Field(ge=1)] = 1
    """Among how many people alarms are shared: rates are per operator [-]."""
    forget_after: Annotated[Seconds, Field(gt=0)] = 86400.0
    """How long a part has to be healthy before an alarm ends that the twin has no memory of [s]
    (assumed)."""
    latching: tuple[PartName, ...] = ()
    """Parts whose causes stay until somebody resets them."""
    priorities: Mapping[str, Priority] = {}
    """Fault, its last word, or consequence: priority."""
    links: LinkSection = LinkSection()
    limits: Mapping[str, LimitSection] = {}
    """Name: when a signal asks for somebody."""

    @model_validator(mode="after")
    def _priorities_are_of_something(self) -> Self:
        known = {*consequences(), *BY_CONSEQUENCE}
        for word in self.priorities:
            if "." not in word and word not in known:
                near = did_you_mean(word, known)
                raise ValueError(f"priorities: unknown fault or consequence {word!r}{near}")
        return self

    def limit_map(self) -> dict[str, Limit]:
        """Limits in SI by the key of their alarm."""
        limits = [section.limit(name) for name, section in self.limits.items()]
        return {limit.key: limit for limit in limits}

    def rank(self, fault: str | None) -> Priority:
        """Priority of a fault of the twin; None is one that nothing explains."""
        return priority_of(fault, self.priorities)

    def link_rule(self) -> LinkRule:
        """When a lost link asks for somebody."""
        told = self.links
        return LinkRule(round(told.delay_on * 1e9), round(told.delay_off * 1e9), told.priority)


def load_settings(path: Path | None, site: Site | None = None) -> AlarmSettings:
    """What the file says, held against the site; defaults where there is no file.

    Raises:
        BadInput: everything that is wrong in it, a line each.
    """
    document = read_optional(path)
    if document is None:
        return AlarmSettings()
    found = validated(document, AlarmSettings)
    if site is not None:
        raise_all(wrong_signals(found.limits, document, site))
    return found
