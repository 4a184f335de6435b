"""Tests of AXI4-Lite."""
