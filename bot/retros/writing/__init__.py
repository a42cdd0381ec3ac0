"""Writing retros down, and taking their words away again."""
