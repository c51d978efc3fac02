"""The pages of a province that holds 76,788 matters, and of one that holds a million.

tree.py makes the 8,907 nodes, pen.py writes in the name of those below, laden.py fills the province
through its own commands and its own inbox, row.py asks for pages and says how long they took.
"""
