"""What neurons do between events: exact families, their kernels, and the choice among them."""
