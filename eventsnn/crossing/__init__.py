"""When a condition on changing variables becomes true."""
