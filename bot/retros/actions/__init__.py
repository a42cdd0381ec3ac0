"""Actions that do not die: shown, proven, handed over, and told of once a week."""
