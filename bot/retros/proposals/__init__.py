"""Closing the loop: a retro proposes a checklist item, and an owner accepts it."""
