"""Monte Carlo of plants that differ from their model: what the diagnosis is worth."""
