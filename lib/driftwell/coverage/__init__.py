"""How well the reference covers the prompts: distances of prompts to reference clusters."""
