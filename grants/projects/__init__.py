"""Funded projects: agreement, milestones, reports, final evaluation."""
