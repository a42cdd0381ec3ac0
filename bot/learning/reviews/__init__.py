"""Questions that come back: one at a time, in a direct message, to whoever asked for them."""
