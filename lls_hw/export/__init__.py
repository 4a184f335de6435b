"""Trained networks for use elsewhere: safetensors, ONNX, C."""
