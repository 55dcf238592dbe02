"""From the user's text to checked trees: their value, their dimension and their affine form."""
