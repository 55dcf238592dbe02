"""Who is connected to whom, the rules that decide it, and what a spike does on its way."""
