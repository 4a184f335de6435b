"""Adders that synthesis does not infer."""
