"""culpa: find what is abnormal in many-channel time series, and the channel to blame."""

__version__ = "0.1.0"
