"""The same workout from several sources, counted once: which records, and which field from which.

Pure: candidates and the athlete's decisions in, groups and open questions out. Nothing here
changes a record, and the result depends on the set of inputs alone, never on their order.
"""
