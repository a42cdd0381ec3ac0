"""What people have half written."""
