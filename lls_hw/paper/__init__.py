"""LLS as published: rules, networks and recipe of the paper in floats, gradients by hand."""
