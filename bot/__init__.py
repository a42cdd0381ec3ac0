"""The AI-PM coach: what it knows, remembers and shows."""
