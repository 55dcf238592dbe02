"""What moves a network through time."""
