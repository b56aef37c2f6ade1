"""Slow twin of clustering: join intervals that are closer than the gap until nothing changes."""


def clusters(start, end, gap):
    """Sets of indices of intervals; two belong together where less than `gap` lies between them, or a chain does."""
    groups = [{i} for i in range(len(start))]
    changed = True
    while changed:
        changed = False
        for a in range(len(groups)):
            for b in range(a + 1, len(groups)):
                if any(start[j] - end[i] < gap and start[i] - end[j] < gap for i in groups[a] for j in groups[b]):
                    groups[a] |= groups.pop(b)
                    changed = True
                    break
            if changed:
                break
    return sorted(groups, key=lambda group: min(start[i] for i in group))
