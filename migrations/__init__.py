"""Migrations of the database, run by `aipm db upgrade`."""
