"""Second pass over a sample: the errors of its latents."""
