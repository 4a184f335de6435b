"""LLS as published: rules, networks and recipe of the paper in floating point, gradients by hand."""
