"""The record of retros: what they show over time, and files to keep."""
