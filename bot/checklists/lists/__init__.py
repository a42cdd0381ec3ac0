"""Which runs there are: of a channel, a person, a system."""
