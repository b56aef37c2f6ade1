"""Whole stages on many channels: the jobs, their order, the processes that do them."""
