"""What the worker does again and again: letters out, events sealed, lateness noted, sums made, what has ended taken away."""

from budget import recoveries
from grants.projects import reports
from grants.proposals import tally
from grants.shell import events, mail, sessions
from review import assignment_runs, reminders, vacancies, vetting

DUTIES = [
    mail.carry, events.seal, reports.mark_overdue, tally.sum_up, vetting.look_again,
    reminders.remind, assignment_runs.solve_waiting, vacancies.fill, recoveries.warn_overdue, sessions.purge,
]
