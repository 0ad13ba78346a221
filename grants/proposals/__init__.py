"""What is asked for: draft, team, budget lines, documents, submission, opening session, eligibility."""
