"""What one can do with the hub: the tasks of `invoke`, by what they are about.

Each works in the folder of the hub, where tasks.py stands and to which it goes first.
"""
