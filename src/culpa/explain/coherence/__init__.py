"""Is another channel coherent with the main one: overall, and at the times of glitches?"""
