"""Settings of the hub as the public sees it."""

import os
import sys

sys.path.append(os.curdir)  # for `pelican -s publishconf.py`, as in every Pelican site
from pelicanconf import *  # noqa: F403 - as every Pelican site does
from pelicanconf import HUB_ADDRESS

SITEURL = HUB_ADDRESS
# What is not published yet is not written at all.
DRAFT_SAVE_AS = ""
DRAFT_LANG_SAVE_AS = ""
DRAFT_PAGE_SAVE_AS = ""
DRAFT_PAGE_LANG_SAVE_AS = ""
