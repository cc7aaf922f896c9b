"""How well the reference covers the prompts: their distances to its clusters."""
