"""The sections in which a rule set is read and edited, in the order of the process."""

from dataclasses import dataclass

from grants.rules.content import Eligibility, PanelKind, Rules
from grants.rules.words import called, title


@dataclass(frozen=True)
class Section:
    """Some parts of a rule set that belong together: `paths` such as "call", "panels.topic", "eligibility.bars"."""

    paths: tuple[str, ...]

    @property
    def key(self) -> str:
        """What stands in its address."""
        return self.paths[0].replace(".", "-")

    @property
    def panel(self) -> PanelKind | None:
        """The kind of panel it is about."""
        first, _dot, kind = self.paths[0].partition(".")
        return PanelKind(kind) if first == "panels" else None

    @property
    def title(self) -> str:
        if self.panel:
            return called(self.panel)
        first, _dot, below = self.paths[0].partition(".")
        return title((Eligibility if below else Rules).model_fields[below or first])


SECTIONS = tuple(Section(tuple(paths.split())) for paths in (
    "regime task_types funding_modes", "call", "eligibility", "ceilings", "eligibility.bars", "documents", "topic_items",
    *(f"panels.{kind}" for kind in PanelKind), "conflicts", "schemes", "count", "grades", "reminders", "lump_sum", "advances",
    "reports", "recovery", "limits answers_to_reviews", "expense_groups", "rates", "retention",
))
BY_KEY = {section.key: section for section in SECTIONS}
