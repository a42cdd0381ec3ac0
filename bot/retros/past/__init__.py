"""What happened to a retro, line by line."""
