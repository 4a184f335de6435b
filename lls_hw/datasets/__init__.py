"""Readers of data sets' official files and of one's own data; `names` chooses among them."""
