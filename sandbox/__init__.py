"""A local stand-in for Slack: the Web API, signed delivery, and people who click."""
