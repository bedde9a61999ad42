"""Point-to-point checkout: each point of a controller's map against what is known of it."""
