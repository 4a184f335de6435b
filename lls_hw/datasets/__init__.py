"""Readers of data sets' official files; `lls_hw.datasets.names` chooses among them."""
