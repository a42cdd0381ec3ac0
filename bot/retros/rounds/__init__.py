"""Collecting answers first: everyone answers on their own before anybody writes the retro."""
