"""What was recorded: spikes, tapes of state changes, and exact values rebuilt from them."""
