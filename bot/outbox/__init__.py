"""What the coach posts unasked: planned, claimed, posted and settled, each exactly once."""
