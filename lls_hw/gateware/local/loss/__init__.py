"""From the scores of a sample to its errors."""
