"""Every table of the product, in one list and with one history of migrations."""

from piccolo.conf.apps import AppConfig, table_finder

from grants.shell.config import ROOT

ROOMS = [
    "grants.shell.events",
    "grants.shell.tables",
    "grants.people.tables",
    "grants.rules.tables",
    "grants.calls.tables",
    "grants.proposals.tables",
    "grants.projects.tables",
    "grants.outcomes.tables",
    "review.opinion_tables",
    "review.roster_tables",
    "review.tables",
    "review.matter_tables",
    "review.appraisal_tables",
    "review.fee_tables",
    "review.assignment_tables",
    "review.revote_tables",
    "review.preliminary_tables",
    "budget.tables",
    "budget.payment_tables",
    "budget.fund_tables",
    "budget.year_tables",
]

APP_CONFIG = AppConfig(
    app_name="grants",
    migrations_folder_path=str(ROOT / "migrations"),
    table_classes=table_finder(ROOMS, exclude_imported=True),
    migration_dependencies=[],
)
