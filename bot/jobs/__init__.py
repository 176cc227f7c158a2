"""What the product does: jobs, their credits and the loops that move them."""
