"""LLS as published: the paper's rules, networks and recipe in floating point, gradients by hand."""
