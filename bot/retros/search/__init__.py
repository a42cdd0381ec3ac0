"""Finding retros again: a ranked full text of both databases, and the most similar ones without a language model."""
