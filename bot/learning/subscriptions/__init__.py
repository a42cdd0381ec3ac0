"""When a channel is given what: its weekly subscription."""
