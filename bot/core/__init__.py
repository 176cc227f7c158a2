"""What the product does: orders, rules, jobs with their loops, and administration."""
