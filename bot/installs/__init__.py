"""Workspaces that the coach serves, and what it knows of their channels."""
