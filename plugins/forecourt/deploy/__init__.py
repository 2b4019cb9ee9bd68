"""From the built site to the place where visitors find it: only what differs, in an order in which nothing is missing.

``manifest`` says what the site consists of, ``headers`` how each file is served, ``planning`` what differs from what
is live, ``guard/`` whether it is fit to be seen, ``targets/`` where it goes, ``publishing`` does it all.
"""
