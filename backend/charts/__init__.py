"""What an athlete would rather look at: each picture with its table, from one set of numbers.

A module per picture turns plain records into a ``Chart``: a table of numbers, what to say
about it, and a function that draws it. The page, JSON and CSV show the same table.
"""
