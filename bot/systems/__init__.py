"""AI systems of a workspace: a name and a version, on which everything else hangs."""
