"""What waits for me: each role's first page, and the leader's overview."""
