"""Coherence of the channels of a recording with its main one: overall, and at glitches."""
