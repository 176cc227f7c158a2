"""What the bot costs, each row of `docs/performance.md` measured beside what limits it."""
