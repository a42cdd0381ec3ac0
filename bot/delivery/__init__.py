"""What the coach puts into channels: recorded before it is sent, drawn until it is right."""
