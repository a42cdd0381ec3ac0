"""Items that a workspace added to the checklists it was given: its own version of them."""
