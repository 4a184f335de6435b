"""Readers of data sets' official files; `lls_hw.data` chooses among them."""
